"""What the template adds to Jinja: checks of the answers, and filters that write text safely.

Cookiecutter and cruft load `ServiceTemplate` by the name in `cookiecutter.json`; nothing has
to be installed, because both put the template's own folder on the import path.
"""

import re

from jinja2 import Environment
from jinja2.ext import Extension

from extensions import text
from extensions.answers import check_answer, check_answers, check_given
from extensions.caller import hide_hook_traceback, run_facts
from extensions.ownership import managed_files, seeded_paths
from extensions.slug import slug

BLANK_LINE_AFTER_STATEMENT = re.compile(r"^([ \t]*#% .*\n)(?=\n)", re.MULTILINE)


class ServiceTemplate(Extension):
    """Registers the filters and functions that `cookiecutter.json`, hooks and skeleton use.

    A line statement (`#% if …`) vanishes with its own line and no other: Jinja would take the
    blank lines behind it as well.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        hide_hook_traceback()
        environment.filters.update(
            check_answer=check_answer,
            check_answers=check_answers,
            managed_files=managed_files,
            seeded_paths=seeded_paths,
            slug=slug,
            python_string=text.python_string,
            toml_string=text.toml_string,
            yaml_string=text.yaml_string,
            markdown_text=text.markdown_text,
            shell_string=text.shell_string,
            merged_lines=text.merged_lines,
        )
        environment.globals.update(check_given=check_given, run_facts=run_facts)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return BLANK_LINE_AFTER_STATEMENT.sub(r'\1{{ "" }}', source)
