"""What repo-review finds: `pyproject.toml` of the template names `checks` and `families` to it.

Source: https://repo-review.readthedocs.io/en/latest/plugins.html
"""

from datetime import UTC, datetime
from pathlib import Path

from service_template.standards.findings import WAIVERS, Finding, State, findings, unlooked
from service_template.standards.service import Service
from service_template.standards.waivers import TABLE

FAMILIES = {
    "LAYER": "Layers",
    "PY": "Tools that look at the code",
    "TEST": "Tests",
    "OPS": "Operations",
    "SEC": "Security",
    "CI": "Checks",
    "DOC": "Documentation",
    "TPL": "Template",
    "STD": "Waivers",
}


class Check:
    """A finding, as repo-review asks for it: the docstring of each is its description."""

    def __init__(self, finding: Finding) -> None:
        self._finding = finding
        self.__doc__ = finding.title
        if finding.is_spared_in_vain:
            self.__doc__ += f" ({finding.message})"
        self.family = _family(finding.code)
        self.url = finding.link

    def check(self) -> str | None:
        """Return what is wrong; "" if nothing is, None if there is nothing to look at."""
        if self._finding.state is State.NOT_APPLICABLE:
            return None
        return self._finding.message if self._finding.is_failure else ""


def checks(root: object) -> dict[str, Check]:
    """Return a check for each standard.

    Args:
        root: the service's folder; anything else if repo-review only wants to list them

    Raises:
        SystemExit: `pyproject.toml` tells repo-review to leave out what no waiver can.
    """
    if not isinstance(root, Path):
        return {finding.code: Check(finding) for finding in unlooked()}
    today = datetime.now(tz=UTC).date()
    _refuse_to_look_away(Service(root, today))
    return {finding.code: Check(finding) for finding in findings(root, today)}


def _refuse_to_look_away(service: Service) -> None:
    """Stop if the standard on waivers would be left out: nobody would see that they are wrong."""
    ignored = service.setting(*TABLE) or ()
    if {WAIVERS, _family(WAIVERS)} & set(ignored):
        raise SystemExit(f"{WAIVERS} can't be waived: remove it from `ignore`.")
    if service.setting("tool", "repo-review", "select"):
        raise SystemExit("`select` of [tool.repo-review] can't be: remove it.")


def _family(code: str) -> str:
    return code.rstrip("0123456789")


def families() -> dict[str, dict[str, str | int]]:
    """Return the name of each family of codes, and its place."""
    named = enumerate(FAMILIES.items())
    return {code: {"name": name, "order": order} for order, (code, name) in named}
