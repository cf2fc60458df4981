"""The manifests of the service, read from deploy/kubernetes."""

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from tests.deploy.image import PROJECT

FOLDER = PROJECT / "deploy" / "kubernetes"

Manifest = dict[str, Any]


def read(path: str) -> list[Manifest]:
    """Return what a file of that folder holds."""
    return list(yaml.safe_load_all((FOLDER / path).read_text(encoding="utf-8")))


def kustomizations() -> dict[str, Manifest]:
    """Return every kustomization, by its folder."""
    files = FOLDER.rglob("kustomization.yaml")
    folders = [str(file.parent.relative_to(FOLDER)) for file in sorted(files)]
    return {folder: read(f"{folder}/kustomization.yaml")[0] for folder in folders}


def resources(folder: str) -> Iterator[Manifest]:
    """Yield what a kustomization lists itself."""
    for name in kustomizations()[folder]["resources"]:
        if name.endswith(".yaml"):
            yield from read(f"{folder}/{name}")


def of_kind(kind: str) -> list[Manifest]:
    """Return the manifests of a kind."""
    return [it for it in resources("base") if it["kind"] == kind]


def labelled(
    manifests: Iterable[Manifest],
    labels: dict[str, str],
) -> list[Manifest]:
    """Return those that have all of some labels."""
    wanted = labels.items()
    return [it for it in manifests if wanted <= it["metadata"]["labels"].items()]


def pods() -> dict[str, Manifest]:
    """Return the specification of every pod, by the name of what makes it."""
    makers = [*of_kind("Deployment"), *of_kind("Job")]
    return {it["metadata"]["name"]: it["spec"]["template"] for it in makers}


def containers() -> Iterator[Manifest]:
    """Yield every container, those that run before the others too."""
    for pod in pods().values():
        yield from pod["spec"].get("initContainers", [])
        yield from pod["spec"]["containers"]


def container(name: str) -> Manifest:
    """Return the container of a name."""
    return next(it for it in containers() if it["name"] == name)


def settings_map() -> dict[str, str]:
    """Return the settings that every process is given."""
    [generator] = kustomizations()["base"]["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in generator["literals"])
