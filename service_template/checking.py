"""Whether a service is as the newest template would have it: what `make template-check` says."""

from enum import IntFlag
from pathlib import Path

from service_template.errors import Refused
from service_template.managed import changed_since, made_files
from service_template.record import DIGESTS, Record
from service_template.template import Template


class Finding(IntFlag):
    """What a check found; the exit status of all of it is the sum."""

    CURRENT = 0
    BEHIND = 1
    CHANGED = 2
    NOT_COMPARED = 4


def check(service: Path, address: str | None, *, allow_changes: bool) -> Finding:
    """Print how the service differs from what the newest template makes, and return the sum of it."""
    found = look_for_changes(service)
    if allow_changes:
        found &= ~Finding.CHANGED
    try:
        record = Record.read(service)
        found |= look_for_something_newer(record, Template.fetch(service, record, address))
    except Refused as refusal:
        print(f"The version could not be compared: {refusal}")
        found |= Finding.NOT_COMPARED
    return found


def look_for_something_newer(record: Record, template: Template) -> Finding:
    """Say whether the template has changed since it made the service."""
    newest = f"{template.version()} ({template.commit[:12]})"
    is_current = record.version == template.version()
    if record.commit:
        is_current = template.makes_the_same_as(record.commit)
    if is_current:
        print(f"Current: the newest template, {newest}, makes no other service.")
        return Finding.CURRENT
    releases = template.releases_since(record.version)
    count = f"{len(releases)} release{'' if len(releases) == 1 else 's'} behind"
    named = f" ({', '.join(releases)})" if releases else ", but changed since"
    mine = f"{record.version} ({(record.commit or 'of no commit')[:12]})"
    print(f"Behind: made by template {mine}, the newest is {newest}: {count}{named}.")
    print("`make template-update` merges it on a branch, and says what is to be done.")
    return Finding.BEHIND


def look_for_changes(service: Path) -> Finding:
    """Say which managed files are not as the template made them; this needs no network."""
    made = made_files(service)
    if made is None:
        print(f"Managed files: not compared, as there is no {DIGESTS}.")
        return Finding.NOT_COMPARED
    changed = changed_since(service, made)
    if not changed:
        print(f"Managed files: all {len(made)} are as the template made them.")
        return Finding.CURRENT
    print(f"Managed files: {len(changed)} of {len(made)} were changed since:")
    for path in changed:
        print(f"  {path}{'' if (service / path).is_file() else ' (deleted)'}")
    return Finding.CHANGED
