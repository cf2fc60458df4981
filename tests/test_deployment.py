"""What runs a service is read by the tools that it is made for, for every answer that changes it."""

import shutil
from pathlib import Path

import pytest

from service_template.matrix import deployment
from service_template.matrix.combinations import COVERING, QUESTIONS, Choices, named
from service_template.matrix.gates import complaint
from service_template.matrix.service import Service
from tests.conftest import Bake

each_combination = pytest.mark.parametrize("answers", COVERING, ids=" ".join)


@each_combination
def test_the_image_is_built_as_hadolint_would(bake: Bake, answers: Choices) -> None:
    assert deployment.check_dockerfile(bake(**named(answers))) == ""


@each_combination
def test_compose_understands_its_file(bake: Bake, answers: Choices) -> None:
    assert deployment.check_compose(bake(**named(answers), deployment="docker")) == ""


@each_combination
def test_prometheus_understands_its_files(bake: Bake, answers: Choices) -> None:
    assert deployment.check_prometheus(bake(**named(answers), deployment="docker")) == ""


@each_combination
def test_kustomize_and_kubernetes_understand_its_manifests(bake: Bake, answers: Choices) -> None:
    assert deployment.check_manifests(bake(**named(answers), deployment="kubernetes")) == ""


@pytest.mark.parametrize(
    ("deployed", "file", "right", "wrong"),
    [
        ("docker", "Dockerfile", "USER 10001:10001", "USER root"),
        ("docker", "compose.yaml", "read_only:", "readonly:"),
        ("docker", "deploy/prometheus/alerts.yaml", "sum by", "sum bye"),
        ("docker", "deploy/prometheus/prometheus.yml", "names:", "name:"),
        ("kubernetes", "deploy/kubernetes/base/deployment.yaml", "periodSeconds", "period"),
        ("kubernetes", "deploy/kubernetes/base/kustomization.yaml", "service.yaml", "gone.yaml"),
        ("kubernetes", "deploy/kubernetes/monitoring/service-monitor.yaml", "15s", "often"),
        ("kubernetes", "deploy/kubernetes/monitoring/service-monitor.yaml", "port:", "prt:"),
        ("kubernetes", "deploy/kubernetes/monitoring/service-monitor.yaml", "jobLabel", "job"),
        ("kubernetes", "deploy/kubernetes/monitoring/prometheus-rule.yaml", "expr:", "query:"),
        ("kubernetes", "deploy/kubernetes/monitoring/prometheus-rule.yaml", "groups:", "group:"),
    ],
)
def test_a_mistake_is_noticed(
    bake: Bake, tmp_path: Path, deployed: str, file: str, right: str, wrong: str
) -> None:
    service = bake(database="postgresql", deployment=deployed).copy_to(tmp_path)
    text = service.read(file)
    assert right in text
    (service.path / file).write_text(text.replace(right, wrong), encoding="utf-8")

    checks = [deployment.check_dockerfile, deployment.check_prometheus]
    checks.append(deployment.check_compose if deployed == "docker" else deployment.check_manifests)

    assert any(check(service) for check in checks)


@each_combination
@pytest.mark.parametrize("deployed", QUESTIONS["deployment"][1:])
def test_its_own_tests_of_what_is_not_the_default_are_green(
    bake: Bake, made: Service, tmp_path: Path, answers: Choices, deployed: str
) -> None:
    """In the environment of the default, and only these: all other code is the same."""
    copy = bake(**named(answers), deployment=deployed).copy_to(tmp_path)
    shutil.copy(made.path / "uv.lock", copy.path)
    service = Service(copy.path, made.environment, made.caches)

    for command in (
        ("python", "-m", "pytest", "-q", "tests/deploy"),
        ("ruff", "check", "tests/deploy"),
        ("ruff", "format", "--check", "tests/deploy"),
    ):
        assert complaint(service.tool(*command)) == ""
    with service.type_cache() as variables:
        assert complaint(service.tool("mypy", "tests/deploy", **variables)) == ""


@pytest.mark.parametrize("deployed", QUESTIONS["deployment"])
def test_the_deployment_changes_no_code(bake: Bake, deployed: str) -> None:
    files, default = bake(deployment=deployed).files(), bake().files()

    differing = {name for name in {*files, *default} if files.get(name) != default.get(name)}
    assert not {
        name for name in differing if name.endswith(".py") and not name.startswith("tests/deploy/")
    }
