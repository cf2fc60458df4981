"""The README of a service: what it tells people to type works."""

import re
import shutil

import pytest

from service_template.matrix.combinations import COVERING, Choices, named
from service_template.matrix.service import Service
from tests.conftest import Bake

# One of each way to authenticate, without servers besides the database.
TYPED_IN = [
    next(row for row in COVERING if row[1:] == ("memory", auth, "embedded"))
    for auth in ("none", "jwt", "oidc")
]

NOT_TYPED = {
    "make run": "`test_make_run_serves_it` in `test_services.py`; here it runs without make",
    "cp .env.example .env": "tests of the service say that the example holds the defaults",
    "docker ": "there is no engine",
}


def commands(service: Service) -> list[str]:
    """Return what stands behind a dollar sign, with the lines that go on."""
    blocks = re.findall(
        r"^```console\n(.*?)^```", service.read("README.md"), re.MULTILINE | re.DOTALL
    )
    return [
        command.strip()
        for block in blocks
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]


@pytest.mark.parametrize("answers", COVERING, ids=" ".join)
def test_what_is_not_typed_is_the_same_everywhere(bake: Bake, answers: Choices) -> None:
    typed = {command for row in TYPED_IN for command in commands(bake(**named(row)))}
    for command in commands(bake(**named(answers))):
        assert command in typed or command.startswith(tuple(NOT_TYPED))


@pytest.mark.parametrize("answers", TYPED_IN, ids=" ".join)
def test_what_the_readme_says_to_type_works(made: Service) -> None:
    assert shutil.which("curl"), "the README is typed as it stands: .ci/install installs curl"
    typed = [line for line in commands(made) if not line.startswith(tuple(NOT_TYPED))]
    assert any(line.startswith("curl") for line in typed)

    result = made.tool("python", "-c", TYPE, *typed)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "ada@example.com" in result.stdout


# Ports are free ones, as others may be at work on this machine.
TYPE = """
import os, socket, subprocess, sys, time
sys.path.insert(0, os.getcwd())
from tests.database import temporary_database
from tests.environment import environment_of

def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]

def wait_for(port):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nothing listens on {port}")

port, issuer = free_port(), free_port()
lines = ['curl() { command curl --fail --silent --show-error --max-time 30 "$@"; }']
with temporary_database() as settings:
    environment = {**os.environ, **environment_of(settings), "HTTP__PORT": str(port)}
    environment |= {"OPS__PORT": "0", "AUTH__ISSUER": f"http://127.0.0.1:{issuer}"}
    subprocess.run([sys.executable, "-m", "migrations", "upgrade"], env=environment, check=True)
    running = []
    for line in sys.argv[1:]:
        line = line.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        line = line.replace("127.0.0.1:9400", f"127.0.0.1:{issuer}")
        if "-m tests.issuer" in line:
            words = ["bash", "-c", f"exec {line} --port {issuer}"]
            running.append(subprocess.Popen(words, env=environment))
            wait_for(issuer)
        else:
            lines.append(line)
    running.append(subprocess.Popen([sys.executable, "-m", "app"], env=environment))
    wait_for(port)
    typed = subprocess.run(["bash", "-euo", "pipefail", "-c", chr(10).join(lines)], env=environment)
    for process in reversed(running):
        process.terminate()  # not Ctrl-C: what a shell started behind its back ignores that
    for process in running:
        process.wait(30)
sys.exit(typed.returncode)
"""
