"""Recording: the template and answers that made a service, and the digests of managed files."""

import json

from service_template.generation.project import Project
from service_template.generation.source import source_of
from service_template.ownership import managed_files
from service_template.record import DIGESTS, FOLDER, NAME, state_of


def record_answers(project: Project) -> None:
    """Write the answers and the template's version into `.cruft.json`, for later updates.

    Under cruft nothing is written: cruft records them itself, and what a hook wrote as well
    would come back as a conflict in `cruft update`.
    """
    target = project.folder / NAME
    if project.run.command or (project.run.skip and target.exists()):
        return
    source = source_of(project)
    kept = {name: answer for name, answer in project.answers.items() if not name.startswith("_")}
    record = {
        "template": source.address,
        "commit": source.commit,
        "checkout": source.checkout,
        "context": {
            "cookiecutter": {
                **kept,
                "_house": project.answers["_house"],
                "_template_version": project.answers["_template_version"],
                "_template": source.address,
            }
        },
        "directory": None,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2, separators=(",", ": "))
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    if source.folder:  # for the template's commands on this machine: git ignores the note
        note = project.folder / FOLDER
        note.write_text(f"{source.folder}\n", encoding="utf-8", newline="\n")


def record_managed_files(project: Project) -> None:
    """Write into `.managed.sha256` what each managed file is like as the template made it.

    A line is the mode that git would give a file, the digest of its bytes, and its path. Whether
    a managed file was changed since can be told by it without the template.
    """
    target = project.folder / DIGESTS
    if project.run.skip and target.exists():
        return
    made = managed_files(project.answers)
    states = {path: state_of(project.folder / path) for path in made}
    text = "".join(f"{' '.join(state)} {path}\n" for path, state in states.items() if state)
    target.write_text(text, encoding="utf-8", newline="\n")
