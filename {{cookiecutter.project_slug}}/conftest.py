"""Stops pytest in a project whose hooks did not run; cookiecutter's hook deletes this file."""

import sys

sys.exit(
    "{{ cookiecutter.project_slug }} is not a service yet: its options were not applied, because "
    "cookiecutter ran without its hooks. Generate it again without --accept-hooks no",
)
