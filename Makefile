# make service    ask, generate and prove a service    (ANSWERS, OUTPUT, CONFIG, KEEP)
# make test       the template's whole test suite
# make update     bring what is checked out here into a service that an older template made    (SERVICE, TO, ANSWERS)
# make fleet      the state of many services, as a table and as a page    (FLEET)
# make prove      every combination of choices    (ONLY, SHARD, GATE, SLOW, JOBS_AT_ONCE)
# make backstage  the form in which Backstage asks the questions, anew from cookiecutter.json
# make docs       the documentation, as a site in site/
# make image-proof  build images without Docker, and serve from them (root, buildah, debootstrap)
# make bare-roots  the first commands on bare Debian machines    (SUITES, USERS, COMMANDS, ANSWERS; root, debootstrap, slirp4netns)
# make bench      how fast a generated service answers, beside bare FastAPI    (BENCH)
# make mutate     that gates see a template that is broken on purpose
# make lint       formatting, lint and types of the template's own code
# make pins       renew the pinned requirements

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# `value` takes what was typed as it is: make must not expand a dollar sign in an answer, and
# the environment hands it to the script without a shell reading its quotes.
override ANSWERS := $(value ANSWERS)
override OUTPUT := $(value OUTPUT)
override CONFIG := $(value CONFIG)
override KEEP := $(value KEEP)
override SERVICE := $(value SERVICE)
override FLEET := $(value FLEET)
export ANSWERS OUTPUT CONFIG KEEP SERVICE FLEET TO ONLY SHARD GATE SLOW JOBS_AT_ONCE SUITES USERS COMMANDS

.PHONY: service update fleet backstage test prove mutate bench docs image-proof bare-roots lint pins service-environment test-environment

service: service-environment
	@OUTPUT="$${OUTPUT:-services}" SERVICE_WAY_IN="$${SERVICE_WAY_IN:-make}" $(BIN)/python -m service_template new

update: service-environment
	@$(BIN)/python -m service_template.updates

fleet: service-environment
	@$(BIN)/python -m service_template fleet

backstage: service-environment
	@$(BIN)/python -m service_template.backstage

test: test-environment
	@$(BIN)/python -m pytest $(PYTEST)

prove: test-environment
	@$(BIN)/python -m service_template matrix

bench: test-environment
	@$(BIN)/python benchmarks/serve.py $(BENCH)

docs: test-environment
	@$(BIN)/python -m service_template docs

image-proof: test-environment
	@$(BIN)/python -m service_template.matrix.image

bare-roots: test-environment
	@$(BIN)/python -m service_template.matrix.bare_roots

mutate: test-environment
	@$(BIN)/python -m pytest -m mutations

lint: test-environment
	@$(BIN)/ruff format --check benchmarks extensions hooks requirements resource/hooks resource/resource_extension.py service_template tests updates
	@$(BIN)/ruff check benchmarks extensions hooks requirements resource/hooks resource/resource_extension.py service_template tests updates
	@$(BIN)/mypy

pins: service-environment
	@for name in service test; do \
	    $(BIN)/uv pip compile requirements/$$name.in --universal --python-version 3.11 --upgrade \
	        --no-emit-index-url --annotation-style line --custom-compile-command "make pins" \
	        --quiet --output-file requirements/$$name.txt || exit 1; \
	done

service-environment test-environment: %-environment:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) is not there: install Python 3.11 or later, or name one with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" requirements/environment.py $(VENV) requirements/$*.txt
