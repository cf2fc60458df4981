"""The run-book: whoever is woken up by an alert finds what to do about it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.core.settings import Settings
from tests.deploy.image import PROJECT
from tests.environment import documented_settings

RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
PAGES = sorted((PROJECT / "docs").rglob("*.md"))
HEADINGS = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)


def _alerts() -> list[dict[str, Any]]:
    rules = PROJECT / "deploy" / "prometheus" / "alerts.yaml"
    groups = yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alert_leads_to_its_entry() -> None:
    for alert in _alerts():
        anchor = alert["alert"].lower()

        assert alert["annotations"]["runbook"] == f"docs/runbook.md#{anchor}"


def test_there_is_an_entry_for_each_alert_and_for_nothing_else() -> None:
    entries = re.findall(r"^### (.+)$", RUNBOOK, re.MULTILINE)

    assert entries == [alert["alert"] for alert in _alerts()]


def test_its_links_lead_somewhere() -> None:
    anchors = {heading.lower().replace(" ", "-") for heading in HEADINGS}
    links = re.findall(r"\]\(#([\w-]+)\)", RUNBOOK)

    assert links
    assert set(links) <= anchors


def test_its_panels_and_files_are_there() -> None:
    dashboard = (PROJECT / "deploy" / "grafana" / "dashboard.json").read_text("utf-8")
    panels = set(re.findall(r'"title": "([^"]+)"', dashboard))

    assert set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", RUNBOOK)) <= panels
    for name in re.findall(r"`(deploy/[\w./-]+)`", RUNBOOK):
        assert (PROJECT / name).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_links_to_and_sets_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    names = {name for name, _ in documented_settings(Settings)}

    assert set(re.findall(r"`([A-Z]+__[A-Z_]+)`", text)) <= names
    for link in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text):
        assert (page.parent / link).is_file()
