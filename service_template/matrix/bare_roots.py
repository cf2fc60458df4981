"""Run the README's commands on bare Debian machines: what `make bare-roots` runs.

Each machine is a folder that debootstrap makes, with Python and make, and nothing else that people
install: no git, no curl, no database server. A command runs in it as an ordinary user, and as root,
in namespaces of its own: it reaches package registries, and no server of this machine. They end
with the command, and take its processes and mounts with them.

The environment says what is tried: `SUITES` (`bookworm trixie sid`), `USERS` (`ada root`),
`COMMANDS` (`service test`), `ANSWERS` and `PYTEST`. Uncommitted work is not tried. It takes root on a Debian with debootstrap and slirp4netns.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service_template.matrix.service import run
from service_template.matrix.workshop import fingerprint
from service_template.paths import TEMPLATE

FOLDER = TEMPLATE / ".proof" / "bare-roots"
TOOLS = ("debootstrap", "slirp4netns", "unshare")
PACKAGES = "--include=python3,python3-venv,make"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
OF_ANY_DAY = 'Acquire::Check-Valid-Until "false";\n'  # a mirror may stand still
ADA = 1000
PATIENCE = 3600

# Answers, options of pytest, and how this machine reaches its package index, if it says so by variables.
HANDED_ON = {
    "ANSWERS",
    "PYTEST",
    *(f"{prefix}_PROXY" for prefix in ("ALL", "HTTP", "HTTPS", "NO")),
    *(f"PIP_{name}" for name in ("EXTRA_INDEX_URL", "INDEX_URL", "PROXY", "TRUSTED_HOST")),
    *(f"UV_{name}" for name in ("DEFAULT_INDEX", "INDEX", "INDEX_URL", "INSECURE_HOST")),
}
TRUSTING = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")

# In namespaces of its own: it waits for the network, then becomes the command. The network answers
# names at an address that slirp4netns always has.
ENTER = """
set -e
root=$1
shift
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
echo nameserver 10.0.2.3 > "$root/etc/resolv.conf"
echo entered
read -r connected
exec chroot "$@" 2>&1
"""


class Wrong(Exception):
    """A machine can't be made; the text says why."""


@dataclass(frozen=True)
class Result:
    """How a command went on a bare machine."""

    suite: str
    python: str
    user: str
    command: str
    passed: bool
    seconds: int

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "FAILED"
        words = (f"{self.suite:10}", f"{self.python:9}", f"{self.user:6}", f"{self.command:14}")
        return " ".join((*words, verdict, f"{self.seconds:6} s"))


def main() -> int:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        print(f"It takes root, and {', '.join(TOOLS)}: apt-get install debootstrap slirp4netns")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    suites, users, commands = (
        (os.environ.get(name) or default).split()
        for name, default in (
            ("SUITES", "bookworm trixie sid"),
            ("USERS", "ada root"),
            ("COMMANDS", "service"),
        )
    )
    results: list[Result] = []
    try:
        for suite in suites:
            base = base_of(suite)
            for user in users:
                results += try_commands(suite, base, user, commands)
    except Wrong as error:
        print(error)
        return 1
    print("", *results, sep="\n")
    record(results)
    return 0 if all(result.passed for result in results) else 1


def base_of(suite: str) -> Path:
    """Return the folder of a bare machine; make it if no earlier run has."""
    base = FOLDER / suite
    if base.is_dir():
        return base
    started = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        root = Path(folder) / "root"
        command = ("debootstrap", "--variant=minbase", PACKAGES, suite, root, mirror())
        done = run(*command, cwd=TEMPLATE)
        if done.returncode != 0:
            raise Wrong(f"{suite}: {done.stdout[-2000:]}{done.stderr}")
        user = ("useradd", "--create-home", f"--uid={ADA}", "ada")
        if (done := run("chroot", root, *user, cwd=TEMPLATE)).returncode != 0:
            raise Wrong(f"{suite}: {done.stderr}")
        shutil.copy(CERTIFICATES, root / CERTIFICATES[1:])
        (root / "etc/apt/apt.conf.d/mirror").write_text(OF_ANY_DAY, encoding="utf-8")
        root.rename(base)
    print(f"{suite}: made in {time.monotonic() - started:.0f} s", flush=True)
    return base


def mirror() -> str:
    """Return the address that this machine's apt has Debian's packages from."""
    listed = ("apt-get", "indextargets", "--format=$(REPO_URI)")
    told = run(*listed, "Origin: Debian", "Component: main", cwd=TEMPLATE)
    for address in told.stdout.splitlines():
        if address.endswith("/debian/"):
            return address
    raise Wrong("apt knows no mirror of Debian: apt-get update")


def try_commands(suite: str, base: Path, user: str, commands: Sequence[str]) -> Iterator[Result]:
    """Run commands of make, one after the other, in a clone on a copy of a bare machine."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        root = Path(folder) / "root"
        check(run("cp", "--archive", base, root, cwd=TEMPLATE))
        home = "/root" if user == "root" else f"/home/{user}"
        clone = root / home[1:] / "template"
        check(run("git", "clone", "--quiet", "--no-hardlinks", TEMPLATE, clone, cwd=TEMPLATE))
        check(run("chroot", root, "chown", "--recursive", f"{user}:", home, cwd=TEMPLATE))
        asked = ("python3", "-c", "import platform; print(platform.python_version())")
        python = run("chroot", root, *asked, cwd=TEMPLATE).stdout.strip()
        for command in commands:
            if command == "test":
                log = FOLDER / f"{suite}-install.log"
                if enter(root, "root", home, "bash .ci/install", log) != 0:
                    raise Wrong(f"{suite}: .ci/install failed: {log.read_text('utf-8')[-500:]}")
            started = time.monotonic()
            log = FOLDER / f"{suite}-{user}-{command}.log"
            status = enter(root, user, home, f"make {command}", log)
            seconds = round(time.monotonic() - started)
            result = Result(suite, python, user, f"make {command}", status == 0, seconds)
            print(result, flush=True)
            if status != 0:
                print(*log.read_text(encoding="utf-8").splitlines()[-40:], sep="\n", flush=True)
            yield result


def enter(root: Path, user: str, home: str, command: str, log: Path) -> int:
    """Run a command on a bare machine, and return its exit status."""
    trusting = dict.fromkeys(TRUSTING, CERTIFICATES)
    handed_on = {name: text for name, text in os.environ.items() if name.upper() in HANDED_ON}
    path = "/usr/local/bin:/usr/bin:/bin" + (":/usr/local/sbin:/usr/sbin:/sbin" * (user == "root"))
    variables = {"HOME": home, "LANG": "C.UTF-8", "PATH": path, "USER": user}
    given = [f"{key}={value}" for key, value in {**trusting, **handed_on, **variables}.items()]
    spaces = ("--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child")
    within = ("env", "-i", f"--chdir={home}/template", *given, "sh", "-c", command)
    identity = [] if user == "root" else [f"--userspec={user}:{user}"]
    with (
        log.open("wb", buffering=0) as output,
        subprocess.Popen(
            ["unshare", *spaces, "sh", "-c", ENTER, "sh", root, *identity, root, *within],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as inside,
    ):
        assert inside.stdin
        assert inside.stdout
        try:
            if inside.stdout.readline() != b"entered\n":
                raise Wrong(f"{root.name} can't be entered")
            with connected(inside.pid):
                inside.stdin.write(b"connected\n")
                inside.stdin.close()
                for line in inside.stdout:  # each as it comes: the log shows how far a run is
                    output.write(line)
                return inside.wait(PATIENCE)
        finally:
            inside.kill()


@contextmanager
def connected(process: int) -> Iterator[None]:
    """Lend a process's network namespace a way out, and none to servers of this machine."""
    readable, writable = os.pipe()
    options = ("--configure", "--mtu=1400", "--disable-host-loopback", f"--ready-fd={writable}")
    command = ["slirp4netns", *options, str(process), "tap0"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=[writable], stdout=quiet, stderr=quiet) as network:
        os.close(writable)
        try:
            if os.read(readable, 1) != b"1":
                raise Wrong("slirp4netns could not connect the namespace")
            yield
        finally:
            os.close(readable)
            network.terminate()


def check(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        raise Wrong(done.stdout + done.stderr)


def record(results: Sequence[Result]) -> None:
    """Note which Pythons made a proven service of this state of the template."""
    proven = {result.python for result in results if result.passed}
    file = record_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(sorted(proven | set(recorded()))), encoding="utf-8")


def recorded() -> list[str]:
    """Return the Pythons that bare machines have tried this state of the template with."""
    file = record_file()
    versions: list[str] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return versions


def record_file() -> Path:
    return TEMPLATE / ".proof" / "results" / fingerprint() / "bare-roots.json"


if __name__ == "__main__":
    sys.exit(main())
