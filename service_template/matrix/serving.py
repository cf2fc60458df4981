"""Serves a service on a database of its own, and asks it."""

import json
from collections.abc import Sequence

from service_template.matrix.service import Service, last_line

MIGRATE_AND_SERVE = ".venv/bin/python -m migrations upgrade && exec .venv/bin/python -m app"

# Run by the service's own Python: only that knows how to find or start its database.
SCRIPT = """
import json, os, signal, socket, subprocess, sys, time, urllib.error, urllib.request
sys.path.insert(0, os.getcwd())
from openapi_spec_validator import validate
from tests.database import temporary_database
from tests.environment import environment_of

def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]

command, *paths = sys.argv[1:]
port = free_port()
with temporary_database() as settings:
    environment = {**os.environ, **environment_of(settings), "HTTP__PORT": str(port)}
    environment["OPS__PORT"] = str(free_port())
    process = subprocess.Popen(command, shell=True, env=environment, start_new_session=True)
    answers, bodies = {}, {}
    for path in paths:
        deadline = time.monotonic() + 60
        while path not in answers and time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                    bodies[path], answers[path] = answer.read(), answer.status
            except urllib.error.HTTPError as error:
                answers[path] = error.code
            except OSError:
                time.sleep(0.1)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)
if "/openapi.json" in bodies:
    validate(json.loads(bodies["/openapi.json"]))
print(json.dumps(answers))
"""


def answers_of_running(
    service: Service, paths: Sequence[str], command: str = MIGRATE_AND_SERVE
) -> dict[str, int] | str:
    """Return the status with which each path is answered, or what went wrong.

    An OpenAPI document has to be valid, too.
    """
    result = service.tool("python", "-c", SCRIPT, command, *paths)
    if result.returncode != 0:
        return (result.stdout + result.stderr)[-2000:]
    answers: dict[str, int] = json.loads(last_line(result.stdout))
    return answers
