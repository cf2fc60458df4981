"""Build a service's image without Docker, and serve from it: what `make image-proof` runs.

It takes root on a Debian with buildah and debootstrap. No registry is asked: in the place of the base
image stands one of the same Python, made of Debian's packages and tagged with its name.
So it is the Dockerfile that is proven, and what it makes; not the base image, and not an engine.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service_template.matrix.combinations import QUESTIONS, Choices
from service_template.matrix.service import Service, run
from service_template.matrix.workshop import Workshop
from service_template.paths import TEMPLATE

FOLDER = TEMPLATE / ".proof" / "images"
BASE: str = QUESTIONS["_house"]["base_image"]
SUITES = {"3.11": "bookworm", "3.13": "trixie", "3.14": "sid"}
"""The Debian that has each Python."""

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

PROVEN: tuple[Choices, ...] = (
    ("sqlite", "memory", "none", "embedded"),
    ("postgresql", "memory", "none", "embedded"),
)

NOT_IN_IMAGE = ("uv", "gcc", "cc", "make", "git")

# A root file system that can't be written to, but for what a volume or a tmpfs is in its place.
CONFINED = """
set -e
root=$1 data=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind /proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
[ ! -d "$root/data" ] || mount --bind "$data" "$root/data"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" "$@"
"""

# Run by the service's own Python, which finds or starts its database; until its input ends.
KEEP_DATABASE = """
import json, os, sys
sys.path.insert(0, os.getcwd())
from tests.database import temporary_database
from tests.environment import environment_of
with temporary_database() as settings:
    print(json.dumps(environment_of(settings)), flush=True)
    sys.stdin.read()
"""


class Wrong(Exception):
    """The image is not as it should be; the text says how."""


def main() -> int:
    for tool in ("buildah", "debootstrap", "unshare"):
        if not shutil.which(tool) or os.geteuid() != 0:
            print(f"It takes root, and {tool}: apt-get install buildah debootstrap")
            return 1
    try:
        make_base()
        for choices in PROVEN:
            prove(Workshop(TEMPLATE / ".proof").make(choices), choices)
    except Wrong as error:
        print(error)
        return 1
    return 0


def prove(service: Service, choices: Choices) -> None:
    started = time.monotonic()
    buildah("build", "--isolation=chroot", "--format=docker", "--pull=never", "--tag=proof", ".",
            cwd=service.path)  # fmt: skip
    print(f"{' '.join(choices)}: built in {time.monotonic() - started:.0f} s", flush=True)
    container = buildah("from", "--pull=never", "localhost/proof")
    try:
        image = Image(Path(buildah("mount", container)), settings_of(container))
        look_at_files(image)
        with database_of(service, choices) as variables, tempfile.TemporaryDirectory() as data:
            os.chown(data, *map(int, image.settings["User"].split(":")))
            serve(image, Path(data), variables)
    finally:
        buildah("rm", container)
    print(f"{' '.join(choices)}: migrates, serves, is healthy and stops, read-only and as nobody")


class Image:
    """A root file system, and what the image says of how to run it."""

    def __init__(self, root: Path, settings: Mapping[str, Any]) -> None:
        self.root = root
        self.settings = settings

    def start(
        self, command: Sequence[str], data: Path, variables: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Run a command as the image wants it: its user, folder and variables."""
        given = [*self.settings["Env"], *(f"{name}={value}" for name, value in variables.items())]
        confined = ["unshare", "--mount", "sh", "-c", CONFINED, "sh"]
        confined += [str(self.root), str(data), self.settings["User"]]
        folder = self.settings["WorkingDir"]
        return subprocess.Popen([*confined, "env", "-i", "-C", folder, *given, *command])


def make_base() -> None:
    """Make the stand-in, unless an earlier run has."""
    if BASE.partition(":")[2] in buildah("images", "--format={{.Tag}}").split():
        return
    version = ".".join(re.findall(r"\d+", BASE.rpartition(":")[2])[:2])
    if version not in SUITES:
        raise Wrong(f"{BASE}: no Debian has Python {version}, there are {', '.join(SUITES)}")
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        root = Path(folder) / "root"
        packages = "--include=python3,python3-venv,python3-pip,ca-certificates"
        done = run(
            "debootstrap", "--variant=minbase", packages, SUITES[version], root, cwd=TEMPLATE
        )
        if done.returncode != 0:
            raise Wrong(done.stdout[-2000:] + done.stderr)
        for name in ("python", "python3"):
            (root / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
        for mark in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
            mark.unlink()
        shutil.copy(CERTIFICATES, root / CERTIFICATES[1:])
        container = buildah("from", "scratch")
        buildah("copy", "--quiet", container, str(root), "/")
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        buildah("config", f"--env={path}", f"--env=SSL_CERT_FILE={CERTIFICATES}", container)
        buildah("commit", "--quiet", "--rm", container, f"docker.io/library/{BASE}")
    print(f"{BASE}: a stand-in of Debian's packages", flush=True)


def settings_of(container: str) -> dict[str, Any]:
    inspected = json.loads(buildah("inspect", "--type=container", container))
    settings: dict[str, Any] = inspected["Docker"]["config"]
    return settings


def look_at_files(image: Image) -> None:
    """Nothing to build or install with is there, and nothing of the service can be changed."""
    path = next(it for it in image.settings["Env"] if it.startswith("PATH="))
    for folder in path.removeprefix("PATH=").split(":"):
        for name in NOT_IN_IMAGE:
            if (image.root / folder[1:] / name).exists():
                raise Wrong(f"{folder}/{name} is in the image")
    for file in (image.root / "service").rglob("*"):
        state = file.lstat()
        if state.st_uid != 0 or (not file.is_symlink() and state.st_mode & 0o022):
            raise Wrong(f"{file} can be changed by the service")


@contextmanager
def database_of(service: Service, choices: Choices) -> Iterator[dict[str, str]]:
    """Keep a database of the service's for the body, and give the variables that name it."""
    variables = {"SECRET_KEY": "k" * 32, "HTTP__PORT": "18080", "OPS__PORT": "18090"}
    if choices[0] == "sqlite":
        yield variables | {"DATABASE__URL": "sqlite:////data/service.db"}
        return
    keeper = subprocess.Popen(
        [service.path / ".venv/bin/python", "-c", KEEP_DATABASE],
        cwd=service.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert keeper.stdout is not None
        yield variables | json.loads(keeper.stdout.readline())
    finally:
        keeper.communicate()


def serve(image: Image, data: Path, variables: Mapping[str, str]) -> None:
    """Migrate, serve, ask, look at the health, stop.

    Raises:
        Wrong: one of these went otherwise than it should.
    """
    health = image.settings["Healthcheck"]["Test"][1:]
    expect(0, image.start(["python", "-m", "migrations", "upgrade"], data, variables), "migrations")
    process = image.start(image.settings["Cmd"], data, variables)
    try:
        for address in ("18080/livez", "18080/readyz", "18090/metrics"):
            if status_of(f"http://127.0.0.1:{address}") != 200:
                raise Wrong(f"{address} is not answered")
        expect(0, image.start(health, data, variables), "the health check of a healthy service")
    finally:
        process.send_signal(getattr(signal, image.settings["StopSignal"]))
    expect(-signal.SIGTERM, process, "the end of the service")
    expect(1, image.start(health, data, variables), "the health check once it is gone")


def expect(status: int, process: subprocess.Popen[bytes], what: str) -> None:
    found = process.wait(30)
    if found != status:
        raise Wrong(f"{what}: exit status {found} instead of {status}")


def status_of(address: str) -> int | None:
    """Return how an address is answered, as soon as it is, within 20 seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    return None


def buildah(*arguments: str, cwd: Path = TEMPLATE) -> str:
    """Run buildah on a storage of its own, and return what it printed.

    Raises:
        Wrong: it failed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    storage = ["--storage-driver=vfs", f"--root={FOLDER}/storage", f"--runroot={FOLDER}/run"]
    done = run("buildah", *storage, *arguments, cwd=cwd)
    if done.returncode != 0:
        raise Wrong(done.stdout[-3000:] + done.stderr[-3000:])
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
