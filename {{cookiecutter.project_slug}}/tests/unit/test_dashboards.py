"""Dashboards and alerts ask for what this service exports, and leave nothing out."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import REGISTRY, Metric

import app.main  # noqa: F401 - defines what is exported
from app.core.observability.outcomes import Outcome

DEPLOY = Path(__file__).parents[2] / "deploy"

OF_PROMETHEUS = {"job", "instance", "le"}
"""Labels that every metric has, or every histogram."""

OF_PROCESSES = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
}
"""Are exported only where the system tells: by Linux."""

_STRING = re.compile(r'"[^"]*"')
_SELECTOR = re.compile(r"([a-z_]+)\{([^}]*)\}")
_MATCHER = re.compile(r'([a-z_]+)\s*=~?\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without|on)\s*\(([^)]*)\)")
_NAME = re.compile(r"(?<![$\w])[a-z]\w+(?![\w(]|\s*\()")


class Query(NamedTuple):
    """What a query of PromQL asks for."""

    metrics: set[str]
    labels: set[str]
    values: dict[str, set[str]]


def _parsed(expression: str) -> Query:
    values: dict[str, set[str]] = {}
    for _, matchers in _SELECTOR.findall(expression):
        for label, value in _MATCHER.findall(matchers):
            values.setdefault(label, set()).add(value)
    groupings = _GROUPING.findall(expression)
    grouped = {label.strip() for grouping in groupings for label in grouping.split(",")}
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", _GROUPING.sub("", expression))
    return Query(set(_NAME.findall(bare)), grouped | set(values), values)


def _of_dashboards() -> Iterator[str]:
    for file in DEPLOY.glob("grafana/*.json"):
        panels = json.loads(file.read_text(encoding="utf-8"))["panels"]
        for panel in panels:
            yield from (target["expr"] for target in panel.get("targets", []))


def _of_alerts() -> Iterator[str]:
    for file in DEPLOY.glob("prometheus/*.yaml"):
        text = file.read_text(encoding="utf-8")
        for found in re.findall(r"expr:(?: >-)?((?:.|\n)*?)\n +(?:for|labels):", text):
            yield " ".join(found.split())


QUERIES = [*_of_dashboards(), *_of_alerts()]


@cache
def _exported() -> dict[str, Metric]:
    """Return every metric by each name that its samples may have."""
    suffixes = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}
    exported = {}
    for metric in REGISTRY.collect():
        for suffix in suffixes.get(metric.type, ("",)):
            exported[metric.name + suffix] = metric
    return exported


def _labels_of(metric: Metric) -> set[str]:
    declared = REGISTRY._names_to_collectors.get(metric.name)
    return set(getattr(declared, "_labelnames", ()))


def test_what_a_query_asks_for_is_understood() -> None:
    query = _parsed(
        'max by (job, le) (rate(a_total{x="1", y=~"2.."}[5m])) / min(b_c) > 0.5',
    )

    assert query.metrics == {"a_total", "b_c"}
    assert query.labels == {"job", "le", "x", "y"}
    assert query.values == {"x": {"1"}, "y": {"2.."}}


def test_there_are_queries_to_look_at() -> None:
    assert len(list(_of_dashboards())) > 10
    assert len(list(_of_alerts())) == (DEPLOY / "prometheus" / "alerts.yaml").read_text(
        encoding="utf-8",
    ).count("- alert:")


@pytest.mark.parametrize("expression", QUERIES)
def test_a_query_asks_for_metrics_and_labels_that_there_are(expression: str) -> None:
    exported = _exported()
    query = _parsed(expression)

    assert query.metrics
    assert query.metrics <= set(exported) | OF_PROCESSES
    asked = query.metrics - OF_PROCESSES
    labels = {label for name in asked for label in _labels_of(exported[name])}
    assert query.labels <= labels | OF_PROMETHEUS


def test_outcomes_in_queries_are_those_of_calls() -> None:
    wanted = [_parsed(it) for it in QUERIES if "layer_call_seconds" in it]

    outcomes = {value for query in wanted for value in query.values.get("outcome", ())}
    assert outcomes
    assert outcomes <= set(Outcome)


def test_every_metric_of_this_service_is_looked_at() -> None:
    looked_at = {name for it in QUERIES for name in _parsed(it).metrics}
    missing = {
        metric.name
        for name, metric in _exported().items()
        if not name.startswith(("python_", "process_"))
        and not any(other.startswith(metric.name) for other in looked_at)
    }

    assert missing == set()
