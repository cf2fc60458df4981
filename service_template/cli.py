"""The command line: `service-template COMMAND`, for the service in the folder where it is run.

Options have variables of the environment as well, by which a service's Makefile hands them on.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service_template import checking
from service_template.errors import Refused
from service_template.resources import adding
from service_template.updates import handing_over

NOTHING_DONE = 64  # no sum of findings, and EX_USAGE of sysexits.h

app = typer.Typer(
    help="Look after a service that the template made: run it in the service's folder.",
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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def standards(context: typer.Context) -> None:
    """Check what the house asks of every service; arguments are those of repo-review."""
    # Imported here: it takes longer than all that other commands import.
    from repo_review.__main__ import main as repo_review

    repo_review(context.args or ["--show=errskip"])


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
