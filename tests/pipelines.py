"""What CI files say: which commands they run, in which environment, beside which servers."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from service_template.matrix.service import Service

GITHUB = (".github/workflows/ci.yml", ".github/workflows/nightly.yml")
GITLAB = ".gitlab-ci.yml"
OF_GITLAB = {"workflow", "default", "stages", "variables", "include"}


@dataclass(frozen=True)
class Job:
    """One job: its shell commands, their variables, the servers beside it, what else it uses."""

    name: str
    commands: tuple[str, ...]
    variables: dict[str, str]
    servers: dict[str, str]
    """The image of each server, by the address and port at which commands reach it."""
    actions: tuple[str, ...] = ()


def jobs_of(service: Service, ci: str) -> list[Job]:
    if ci == "gitlab":
        return list(_gitlab_jobs(yaml.safe_load(service.read(GITLAB))))
    return [job for name in GITHUB for job in github_jobs(yaml.safe_load(service.read(name)))]


def github_jobs(workflow: dict[str, Any]) -> Iterator[Job]:
    for name, job in workflow["jobs"].items():
        steps = job.get("steps", ())
        yield Job(
            name,
            tuple(step["run"] for step in steps if "run" in step),
            {**workflow.get("env", {}), **job.get("env", {})},
            {
                f"127.0.0.1:{port.partition(':')[0]}": server["image"]
                for server in job.get("services", {}).values()
                for port in server["ports"]
            },
            tuple(step["uses"] for step in steps if "uses" in step),
        )


def _gitlab_jobs(pipeline: dict[str, Any]) -> Iterator[Job]:
    ports = {
        "docker": 2376,
        "postgres": 5432,
        "mariadb": 3306,
        "mongo": 27017,
        "valkey/valkey": 6379,
    }
    for name, job in pipeline.items():
        if name not in OF_GITLAB:
            yield Job(
                name,
                tuple(job["script"]),
                job.get("variables", {}),
                {
                    f"{server['alias']}:{ports[server['name'].partition(':')[0]]}": server["name"]
                    for server in job.get("services", ())
                },
            )


def addresses(job: Job) -> set[str]:
    """Return the hosts and ports that a job's variables name."""
    urls = [value for name, value in job.variables.items() if name.endswith("_URL")]
    return {re.sub(r".*://(?:.*@)?([^/]+)/.*", r"\1", url) for url in urls}


def run_by_make(service: Service, command: str) -> list[str]:
    """Return what a make command runs, once the environment is there."""
    result = service.run(*shlex.split(command), "--dry-run", "--assume-old=.venv/.ready")
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()
