"""Where the template's files are: around this package in a checkout, within it once installed."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
TEMPLATE = PACKAGE / "template" if (PACKAGE / "template").is_dir() else PACKAGE.parent
SKELETON = TEMPLATE / "{{cookiecutter.project_slug}}"
