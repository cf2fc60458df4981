"""SEC: nothing secret in git, and nothing from elsewhere that can change behind the team's back."""

import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from service_template.errors import Refused
from service_template.git import try_git
from service_template.standards.service import Look, Service, first_of, named, package_of, unless

WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml")
PINNED = re.compile(r"^\./|@[0-9a-f]{40}$|@sha256:")
SECRET = (".env", ".env.*", "*.pem", "*.key", "*.p12", "*.pfx", "id_rsa", "id_ed25519")
SHOWN = (".env.example",)
"""Names of files that hold secrets, and of those among them that hold none."""


def no_secrets_in_git(service: Service) -> str:
    """Files with secrets are not in git

    What was committed once can be read by everybody who has the repository, for good.
    """
    ignored = service.text(".gitignore").splitlines()
    secret = [path for path in _files_in_git(service.root) if _is_secret(path)]
    return first_of(
        named("in git", secret),
        unless(".env" in ignored, "`.gitignore` does not name `.env`"),
    )


def _files_in_git(root: Path) -> list[str]:
    """Return what is in the index of git; nothing where there is no git."""
    try:
        return try_git("ls-files", "-z", at=root).stdout.split("\0")
    except Refused:
        return []


def _is_secret(path: str) -> bool:
    name = PurePosixPath(path).name
    return name not in SHOWN and any(fnmatchcase(name, pattern) for pattern in SECRET)


def actions_are_pinned(service: Service) -> str | None:
    """What workflows use is pinned to a commit

    A tag can be moved, by whoever takes over the account of its owner, to code that reads secrets.
    """
    workflows = service.paths(*WORKFLOWS)
    text = "\n".join(map(service.text, workflows))
    used = re.findall(r"^[\s-]*uses:\s*[\"']?([^\s\"'#]+)", text, re.MULTILINE)
    moving = [one for one in used if not PINNED.search(one)]
    return named("not pinned", moving) if workflows else None


def workflows_may_do_little(service: Service) -> str | None:
    """Workflows may do no more than read, unless a job says otherwise for itself

    Without a word, GitHub lets every step write to the repository.
    """
    workflows = service.paths(*WORKFLOWS)
    free = [path for path in workflows if not _begins_with_little(service.text(path))]
    trigger = "pull_request_target"
    exposed = [path for path in workflows if trigger in service.text(path)]
    found = first_of(
        named("no `permissions` that only read", free),
        named(f"`{trigger}` gives secrets to strangers", exposed),
    )
    return found if workflows else None


def _begins_with_little(workflow: str) -> bool:
    of_all = re.search(r"^permissions:(.*\n(?: +.*\n)*)", workflow, re.MULTILINE)
    return of_all is not None and "write" not in of_all[1]


def lock_file_is_current(service: Service) -> str:
    """The lock file is in git, and has all that the project asks for

    Without it nobody knows what was tested, and every image is made of something else.
    """
    lock = service.text("uv.lock")
    if not lock:
        return "there is no `uv.lock`: `make` writes it"
    groups = service.setting("dependency-groups")
    listed = [service.strings("project", "dependencies")]
    listed += [service.strings("dependency-groups", name) for name in groups or {}]
    wanted = {package_of(line) for lines in listed for line in lines}
    locked = set(re.findall(r'^name = "([^"]+)"', lock, re.MULTILINE))
    return named("not in `uv.lock`", wanted - locked)


STANDARDS: dict[str, Look] = {
    "SEC001": no_secrets_in_git,
    "SEC002": actions_are_pinned,
    "SEC003": workflows_may_do_little,
    "SEC004": lock_file_is_current,
}
