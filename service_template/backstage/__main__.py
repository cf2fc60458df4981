"""Write the form of `template.yaml` anew, from `cookiecutter.json`: what `make backstage` runs."""

import json
import sys
from typing import Any

import yaml

from service_template.answers.slug import LONGEST, SHAPE
from service_template.backstage.config import NOT_ASKED
from service_template.paths import TEMPLATE

ENTITY = TEMPLATE / "backstage" / "template.yaml"

Questions = dict[str, Any]


def main() -> int:
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    text = with_form(ENTITY.read_text(encoding="utf-8"), questions)
    ENTITY.write_text(text, encoding="utf-8")
    return 0


def with_form(entity: str, questions: Questions) -> str:
    """Return the text of a template entity with other `parameters`, and the rest as it is."""
    before, _, rest = entity.partition("  parameters:\n")
    after = rest[rest.index("  steps:\n") :]
    pages = yaml.safe_dump(pages_of(questions), sort_keys=False, allow_unicode=True, width=100)
    indented = "".join(f"    {line}\n" for line in pages.splitlines())
    return f"{before}  parameters:\n{indented}{after}"


def pages_of(questions: Questions) -> list[dict[str, Any]]:
    """Return the pages of the form: texts, choices, and where the service goes."""
    asked = [name for name in questions if not name.startswith("_") and name not in NOT_ASKED]
    fields = {name: field(name, questions) for name in asked}
    return [
        {
            "title": "What it is called",
            "required": ["project_name"],
            "properties": {name: it for name, it in fields.items() if "enum" not in it},
        },
        {
            "title": "What it is made of",
            "properties": {name: it for name, it in fields.items() if "enum" in it},
        },
        {
            "title": "Where it goes",
            "required": ["repoUrl"],
            "properties": {
                "repoUrl": {
                    "title": "Repository",
                    "type": "string",
                    "ui:field": "RepoUrlPicker",
                    "ui:options": {"allowedHosts": ["github.com"]},
                }
            },
        },
    ]


def field(name: str, questions: Questions) -> dict[str, Any]:
    """Return one question as a JSON Schema, with what Backstage adds to it."""
    given, prompt = questions[name], questions["__prompts__"][name]
    if isinstance(given, list):
        return {
            "title": prompt["__prompt__"],
            "type": "string",
            "default": given[0],
            "enum": given,
            "enumNames": [prompt[choice] for choice in given],
        }
    if name == "project_slug":
        return {
            "title": prompt,
            "type": "string",
            "description": "Made from the name if it is left out",
            "pattern": f"^{SHAPE.pattern}$",
            "maxLength": LONGEST,
        }
    return {"title": prompt, "type": "string", "default": given}


if __name__ == "__main__":
    sys.exit(main())
