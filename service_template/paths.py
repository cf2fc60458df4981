"""Where the template's files are: around this package in a checkout, within it once installed."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
IS_INSTALLED = (PACKAGE / "template").is_dir()
TEMPLATE = PACKAGE / "template" if IS_INSTALLED else PACKAGE.parent
SKELETON = TEMPLATE / "{{cookiecutter.project_slug}}"
