"""OPS: what the service is packed in, how it stops, how it is watched."""

import re
from collections.abc import Mapping

from service_template.standards.service import Look, Service, first_of, named, unless

DOCKERFILE = "Dockerfile"
ALERTS = "deploy/prometheus/alerts.yaml"
RUNBOOK = "docs/runbook.md"
PATHS = {"/livez", "/readyz"}
PROBE = re.compile(r"\b(liveness|readiness)Probe:\s+httpGet:\s+path: (\S+)")


def image_is_run_by_nobody(service: Service) -> str:
    """The image does not run as root

    Whoever breaks out of the process is then nobody on the machine as well.
    """
    user = dict(_last_stage(service)).get("USER", "root")
    is_root = user.partition(":")[0] in {"root", "0"}
    return unless(not is_root, "`USER` of the last stage is root, or not set")


def image_is_of_the_house(service: Service) -> str | None:
    """The image is built on the house's base image

    It is what the house renews when a vulnerability is known; a digest may be added to it.
    """
    base = service.standard_of_house("base_image")
    if not isinstance(base, str):
        return None
    images = _images_built_on(service)
    others = [image for image in images if not _is_from(image, base)]
    found = named(f"not built on `{base}`", others)
    return found if images else f"there is no `{DOCKERFILE}`"


def _is_from(image: str, base: str) -> bool:
    """Whether it is the same image, of any digest, and has one if the house's has."""
    name, _, digest = image.partition("@")
    name_of_base, _, digest_of_base = base.partition("@")
    return name == name_of_base and (bool(digest) or not digest_of_base)


def image_tells_its_health(service: Service) -> str:
    """The image says whether the process in it is alive

    Without it, whatever runs the container takes one that hangs for one that works.
    """
    check = dict(_last_stage(service)).get("HEALTHCHECK", "")
    return unless("/livez" in check, "no `HEALTHCHECK` asks for `/livez`")


def image_stops_in_order(service: Service) -> str:
    """Whoever stops a container reaches the service itself, by SIGTERM

    A shell in between does not pass the signal on: open requests are then cut off.
    """
    lines = dict(_last_stage(service))
    command = lines.get("ENTRYPOINT") or lines.get("CMD") or ""
    is_heard = lines.get("STOPSIGNAL", "SIGTERM") == "SIGTERM"
    return first_of(
        unless(command.startswith("["), "`CMD` is no list, so a shell runs it"),
        unless(is_heard, "`STOPSIGNAL` is not SIGTERM"),
    )


def probes_ask_what_they_are_for(service: Service) -> str:
    """Liveness asks for `/livez`, readiness for `/readyz`

    A liveness probe that asks the database restarts every process whenever that is away.
    """
    paths = [
        *service.paths("app/api/routes/*.py"),
        *service.paths("app/core/http/*.py"),
    ]
    code = "".join(map(service.text, paths))
    served = set(re.findall(r"\.get\(\s*\"(/\w+)\"", code))
    manifests = map(service.text, service.paths("deploy/**/*.yaml"))
    probes = {probe for text in manifests for probe in PROBE.findall(text)}
    wrong = probes & {("liveness", "/readyz"), ("readiness", "/livez")}
    asked = {path for _, path in probes} or PATHS
    return first_of(
        named("no route serves", PATHS - served),
        named("asked for by the wrong probe", {path for _, path in wrong}),
        named("no probe asks for", PATHS - asked),
    )


def alerts_lead_to_the_runbook(service: Service) -> str:
    """Every alert has an entry in the run-book

    Whoever is woken up needs to know what to do, not only that something is wrong.
    """
    alerts = set(re.findall(r"^\s*- alert: (\w+)", service.text(ALERTS), re.MULTILINE))
    entries = set(re.findall(r"^#+ (\w+)$", service.text(RUNBOOK), re.MULTILINE))
    return first_of(
        unless(alerts, f"`{ALERTS}` has no alerts"),
        named(f"not in `{RUNBOOK}`", alerts - entries),
    )


def _images_built_on(service: Service) -> set[str]:
    """Return the images of all stages, but for stages that are built on others."""
    lines = _instructions(service)
    given = [what.partition("=") for name, what in lines if name == "ARG"]
    arguments = {name: default for name, _, default in given}
    begun = [what for name, what in lines if name == "FROM"]
    stages = [re.sub(r"^--\S+\s+", "", what).split() for what in begun]
    named_before = {stage[-1] for stage in stages if len(stage) > 1}
    images = {_filled_in(stage[0], arguments) for stage in stages}
    return images - named_before


def _filled_in(text: str, arguments: Mapping[str, str]) -> str:
    """Return a text with values in place of `$NAME` and `${NAME}`."""
    return re.sub(r"\$\{?(\w+)\}?", lambda it: arguments.get(it[1], ""), text)


def _instructions(service: Service) -> list[tuple[str, str]]:
    """Return each instruction of the Dockerfile: its name, and what stands behind it."""
    text = service.text(DOCKERFILE).replace("\\\n", " ")
    found = re.findall(r"^\s*([A-Za-z]+)\s+(.+?)\s*$", text, re.MULTILINE)
    return [(name.upper(), what) for name, what in found]


def _last_stage(service: Service) -> list[tuple[str, str]]:
    lines = _instructions(service)
    begins = [n for n, (name, _) in enumerate(lines) if name == "FROM"]
    return lines[begins[-1] :] if begins else []


STANDARDS: dict[str, Look] = {
    "OPS001": image_is_run_by_nobody,
    "OPS002": image_is_of_the_house,
    "OPS003": image_tells_its_health,
    "OPS004": image_stops_in_order,
    "OPS005": probes_ask_what_they_are_for,
    "OPS006": alerts_lead_to_the_runbook,
}
