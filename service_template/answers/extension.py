"""The extension of Jinja: filters and functions for the skeleton, hooks and questions."""

import re
import sys

from jinja2 import Environment
from jinja2.ext import Extension

from service_template.paths import TEMPLATE

BLANK_LINE_AFTER_STATEMENT = re.compile(r"^([ \t]*#% .*\n)(?=\n)", re.MULTILINE)


class ServiceTemplate(Extension):
    """Registers the filters and functions that `cookiecutter.json`, hooks and skeleton use.

    A line statement (`#% if …`) vanishes with its own line and no other: Jinja would take the
    blank lines behind it as well.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        forget_modules()
        from service_template.answers import text
        from service_template.answers.caller import (
            context_of_environment,
            folder_to_make,
            hide_hook_traceback,
            run_facts,
        )
        from service_template.answers.checks import check_answers, check_asked, check_given
        from service_template.answers.house import image_name, package_names
        from service_template.answers.injection import Sources, refuse_injection
        from service_template.answers.links import refuse_links
        from service_template.answers.slug import hyphenated, slug
        from service_template.ownership import skipped_paths

        hide_hook_traceback()
        environment.line_statement_prefix = "#%"  # here, where no config file can change it
        self.sources = Sources(TEMPLATE) if context_of_environment() else None
        refuse_injection(environment, TEMPLATE)
        if folder := folder_to_make():
            check_answers(context_of_environment())
            refuse_links(folder)
        environment.filters.update(
            check_answer=check_asked,
            check_answers=check_answers,
            hyphenated=hyphenated,
            image_name=image_name,
            package_names=package_names,
            skipped_paths=skipped_paths,
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
        if self.sources and name is None:
            source = self.sources.literal_unless_shipped(source, self.environment)
        return BLANK_LINE_AFTER_STATEMENT.sub(r'\1{{ "" }}', source)


def forget_modules() -> None:
    """Let `cruft update` import this package anew for each version that it renders.

    It renders two of them in one process and one folder: without this, files of the second would be
    rendered by modules of the first. Nothing else does that.
    """
    if "cruft" in sys.modules:
        for name in list(sys.modules):
            if name.partition(".")[0] in ("extensions", "service_template"):
                del sys.modules[name]
