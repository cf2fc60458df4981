"""One update, from what is recorded of a service to a branch with what is new."""

import shutil
from pathlib import Path

from service_template.changelog import entries_for, released
from service_template.errors import Refused
from service_template.git import commit_of, copy_of, try_git
from service_template.record import DIGESTS, NAME, Record
from service_template.updates import answers, steps
from service_template.updates.merging import Merge, Repository
from service_template.updates.rendering import leave_to_the_team, questions_of, render


def update(service: Path, *, template: Path, wanted: str, given: str, workplace: Path) -> int:
    """Bring a version of the template into a service; return the exit status.

    Raises:
        Refused: it can't be done; nothing has changed.
    """
    record = Record.read(service)
    answered = answers.read_given(given)
    known = released(try_git("show", "HEAD:CHANGELOG.md", at=template).stdout)
    names = (wanted, f"v{wanted}", known.get(wanted))
    target = next(filter(None, (commit_of(name, at=template) for name in names if name)), None)
    if not target:
        raise Refused(f"The template has no version, branch or commit {wanted!r}.")
    repository = Repository.of(service)
    new_template = copy_of(template, target, workplace / "new template")
    changelog = (new_template / "CHANGELOG.md").read_text(encoding="utf-8")
    origin = origin_of(record, changelog, template)
    if origin == target and not answered:
        print(f"Nothing to do: the service was made by {target[:12]}.")
        return 0
    old_template = copy_of(template, origin, workplace / "old template")

    asked, was_asked = questions_of(new_template), questions_of(old_template)
    old_answers = answers.answers_of_old(was_asked, record.answers)
    new_answers = answers.answers_of_new(asked, was_asked, record.answers, answered)
    old = render(old_template, old_answers, workplace / "old")
    new = render(new_template, new_answers, workplace / "new")
    renewed = record.renewed(target, Record.read(new).answers)
    renewed.write(new)
    steps.number_behind(service, old, new)
    for name in (NAME, DIGESTS):
        start_from_the_services(old / name, service / name)
    leave_to_the_team(old, new, service)

    now = f"{renewed.version} ({target[:12]})"
    to_do = entries_for(changelog, record.version, renewed.answers)
    branch = f"template-update/{renewed.version}-{target[:7]}"
    merge = repository.update_by(old, new, branch, f"Template {now}\n\n{to_do}")
    what = f"From template {record.version} ({origin[:12]}) to {now}, on the branch {branch}"
    print(f"{to_do}\n{what}: ", end="")
    return report(repository, branch, merge)


def start_from_the_services(base: Path, own: Path) -> None:
    """Let a merge take a file as the new version has it: nobody but updates writes into it."""
    base.unlink(missing_ok=True)
    if own.is_file():
        shutil.copy(own, base)


def origin_of(record: Record, changelog: str, template: Path) -> str:
    """Return the commit that made a service: the recorded one, or that of the recorded version.

    Raises:
        Refused: it is not known, or not in the template's repository.
    """
    if record.commit:
        found = commit_of(record.commit, at=template)
        if not found:
            raise Refused(
                f"The template has no commit {record.commit[:12]}, by which the service was made: "
                "is this its whole repository, and the right one?"
            )
        return found
    known = released(changelog).get(record.version)
    found = commit_of(known or f"v{record.version}", at=template)
    if not found:
        raise Refused(
            ".cruft.json does not say by which commit of the template the service was made, and "
            f"{record.version} is no released version: write the commit there."
        )
    return found


def report(repository: Repository, branch: str, merge: Merge) -> int:
    """Say what has become of an update; return its exit status."""
    if merge.conflicts:
        print("nothing is committed, as there are conflicts in")
        for path in merge.conflicts:
            print(f"  {path}")
    else:
        print(f"{repository.changed()}.")
    if merge.deleted:
        print("The template changed files that were deleted here. They stay deleted:")
        for path in merge.deleted:
            print(f"  {path}")
    if not merge.conflicts:
        print("What is to be done stands above, and in the commit's message. Then run make check,")
        print("which renews uv.lock, and commit both.")
        return 0
    print("What is to be done stands above. Solve the conflicts, `git add` them, and run")
    print("  git cherry-pick --continue")
    print("or give up:")
    print(f"  git cherry-pick --abort && git switch - && git branch -D {branch}")
    return 2
