"""The command line: `service-template COMMAND`.

Options have variables of the environment as well, by which makefiles hand them on. Commands import
what they need: some of it takes longer than all the rest.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service_template import checking
from service_template.errors import Refused
from service_template.paths import IS_INSTALLED
from service_template.resources import adding
from service_template.updates import handing_over

NOTHING_DONE = 64  # no sum of findings, and EX_USAGE of sysexits.h

app = typer.Typer(
    help="Make services from the template, and look after them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Address = Annotated[
    str | None,
    typer.Option(
        "--template", envvar="TEMPLATE", help="A git repository, if not the recorded one."
    ),
]
Wanted = Annotated[str, typer.Option("--to", envvar="TO", help="A version, branch or commit.")]


def main() -> None:
    """Run a command; print why it was refused in one line."""
    try:
        app()
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(NOTHING_DONE)


@app.command()
def new(
    answers: Annotated[
        str,
        typer.Option(
            envvar="ANSWERS",
            help="question=answer, several with spaces between. With any, nothing is asked.",
        ),
    ] = "",
    output: Annotated[
        Path, typer.Option(envvar="OUTPUT", help="The folder to make its folder in.")
    ] = Path(),
    config_file: Annotated[
        Path | None,
        typer.Option(envvar="CONFIG", help="A cookiecutter config file: a house's defaults."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", envvar="KEEP", help="Keep a service whose tests fail.")
    ] = False,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Only write the files: run no tests.")
    ] = False,
) -> None:
    """Make a service: ask for answers, generate it, and run its own tests."""
    from service_template.new import make

    raise typer.Exit(make(answers, output, config_file, keep=keep, verify=not no_verify))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def standards(context: typer.Context) -> None:
    """Check what the house asks of every service; arguments are those of repo-review."""
    from repo_review.__main__ import main as repo_review

    repo_review(context.args or ["--show=errskip"])


@app.command()
def fleet(
    file: Annotated[
        Path, typer.Argument(envvar="FLEET", help="Names a folder or a repository on each line.")
    ] = Path("services.txt"),
    template: Address = None,
) -> None:
    """Show the state of many services: versions, changed files, standards, tests."""
    from service_template.fleet.showing import show

    show(file, template)


@app.command()
def matrix(
    only: Annotated[
        str, typer.Option(envvar="ONLY", help="Choices that all have: sqlite jwt")
    ] = "",
    shard: Annotated[str, typer.Option(envvar="SHARD", help="A part of them: 2/8")] = "",
    gate: Annotated[str, typer.Option(envvar="GATE", help="Some gates, and these anew.")] = "",
    slow: Annotated[
        bool, typer.Option("--slow", envvar="SLOW", help="Also tests that take minutes.")
    ] = False,
    at_once: Annotated[
        str, typer.Option(envvar="JOBS_AT_ONCE", help="How many services side by side.")
    ] = "",
) -> None:
    """Verify every combination of choices by every gate; it takes a clone of the template."""
    refuse_installation("matrix", "make prove")
    from service_template.matrix.proving import main as prove

    raise typer.Exit(prove(only, shard, gate, slow=slow, at_once=at_once))


@app.command()
def docs() -> None:
    """Build the documentation into site/; it takes a clone of the template."""
    refuse_installation("docs", "make docs")
    from service_template.documentation import main as build

    raise typer.Exit(build())


def refuse_installation(command: str, target: str) -> None:
    """Refuse what needs the template's tests and tools, which no installation has."""
    if IS_INSTALLED:
        raise Refused(f"{command} takes a clone of the template: run {target} there.")


@app.command()
def check(
    template: Address = None,
    allow: Annotated[
        str, typer.Option(envvar="ALLOW", help="`changes`: changed managed files are no finding.")
    ] = "",
) -> None:
    """Look whether the template has something newer, and what was changed since.

    The exit status is the sum of 1 (something newer), 2 (managed files were changed) and 4 (not
    compared); 64 if nothing was done.
    """
    if allow not in {"", "changes"}:
        raise Refused(f"ALLOW={allow} is unknown: there is ALLOW=changes.")
    found = checking.check(Path.cwd(), template, allow_changes=bool(allow))
    raise typer.Exit(int(found))


@app.command()
def update(
    template: Address = None,
    to: Wanted = "",
    answers: Annotated[
        str, typer.Option(envvar="ANSWERS", help="question=answer, several with spaces between.")
    ] = "",
) -> None:
    """Merge the newest template, or the one given by --to, on a branch of its own."""
    raise typer.Exit(handing_over.update(Path.cwd(), template, wanted=to, answers=answers))


@app.command()
def resource(
    name: Annotated[str, typer.Option(envvar="NAME", help="In the singular: order.")] = "",
    fields: Annotated[
        str, typer.Option(envvar="FIELDS", help="quantity:int:ge=1 note:str?:max=200")
    ] = "",
    plural: Annotated[str, typer.Option(envvar="PLURAL", help="If it is irregular.")] = "",
    options: Annotated[
        str, typer.Option(envvar="OPTIONS", help="public-read no-owner delete")
    ] = "",
    dry_run: Annotated[str, typer.Option(envvar="DRY_RUN", help="1: only list the files.")] = "",
) -> None:
    """Add a resource through every layer, in the shape of `users`."""
    asked = {"name": name, "plural": plural, "fields": fields, "options": options}
    asked["dry_run"] = "yes" if dry_run else "no"
    raise typer.Exit(adding.add(Path.cwd(), asked))
