"""Everything that can be set from outside: environment variables, or a file `.env`.

Nested settings are joined with two underscores: `LOG__LEVEL=debug`.
"""

import sys
from enum import StrEnum
from typing import Annotated, Protocol, Self, get_args, runtime_checkable

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.core.cache.backend import CacheSettings
from app.core.cors import CorsSettings
from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings
from app.core.log_levels import DEFAULT_LOG_LEVEL, LogLevel
from app.core.observability.tracing import TracingSettings
#% if cookiecutter.auth != "none"
from app.core.security.settings import AuthSettings
#% endif

Seconds = Annotated[float, Field(gt=0, le=3600)]

SecretKey = Annotated[str, StringConstraints(min_length=32)]

DEVELOPMENT_KEY = "not-secret-at-all-for-development-only"

MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


class Environment(StrEnum):
    """Where this process runs; `production` refuses settings made for a laptop."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines look: for machines, or for people."""

    JSON = "json"
    CONSOLE = "console"


@runtime_checkable
class ProductionChecked(Protocol):
    """Settings that may be good enough for a laptop, and not for production."""

    def unfit_for_production(self) -> list[str]:
        """Return a line for each that has to be set, as `set NAME: why`."""


class LogSettings(BaseModel):
    """What is written to standard output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: LogLevel = Field(
        default=DEFAULT_LOG_LEVEL,
        description="Events below this level are dropped.",
    )
    format: LogFormat | None = Field(
        default=None,
        description="`json` or `console`; if unset, JSON in production, else console.",
    )

    @field_validator("level", mode="before")
    @classmethod
    def accept_any_case(cls, level: object) -> object:
        """`INFO` means what `info` does."""
        names = {name.lower(): name for name in get_args(LogLevel)}
        return names.get(str(level).lower(), level)


class HttpSettings(BaseModel):
    """How the service listens and answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        description="The port to listen on.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes that serve requests.",
    )
    max_body_bytes: int = Field(
        default=1_048_576,
        ge=1,
        description="Larger request bodies are refused with 413.",
    )
    max_url_bytes: int = Field(
        default=8192,
        ge=1,
        description="Longer addresses, query included, are refused with 414.",
    )
    max_header_bytes: int = Field(
        default=16_384,
        ge=1,
        description="Requests with more headers than that are refused with 431.",
    )
    max_json_values: int = Field(
        default=10_000,
        ge=1,
        description="JSON bodies with more members and elements are refused with 400.",
    )
    max_concurrent: int = Field(
        default=256,
        ge=1,
        description="Requests that a process handles at a time; more are refused with 503.",
    )
    max_connections: int = Field(
        default=2048,
        ge=1,
        le=65_536,
        description="Connections that a process has at a time; one more closes the idlest one.",
    )
    max_incomplete_bytes: int = Field(
        default=33_554_432,
        ge=1,
        description="Bytes of incomplete bodies that a process holds; then it refuses the largest with 503.",
    )
    header_timeout: Seconds = Field(
        default=10,
        description="Seconds that a client has for address and headers, from connecting or the first byte.",
    )
    body_timeout: Seconds = Field(
        default=10,
        description="Seconds that a client has for a body, besides those that `min_body_rate` gives it.",
    )
    min_body_rate: int = Field(
        default=16_384,
        ge=1,
        description="Bytes of a body that give a client another second; slower ones are refused with 408.",
    )
    keep_alive: int = Field(
        default=5,
        ge=2,
        le=3600,
        description="Seconds after which a connection without a further request is closed.",
    )
    deadline: Seconds = Field(
        default=10,
        description="Seconds after which a request is stopped and answered with 503.",
    )
    shutdown_grace: Seconds = Field(
        default=20,
        description="Seconds that open requests are given to finish when stopping.",
    )
    readiness_deadline: Seconds = Field(
        default=1,
        description="Seconds that each dependency has to answer `/readyz`.",
    )
    readiness_freshness: Seconds = Field(
        default=1,
        description="Seconds during which further probes get the same answer.",
    )
    docs: bool | None = Field(
        default=None,
        description="Whether `/openapi.json` is served, and in development `/docs`; if unset, not in production.",
    )
    cors: CorsSettings = Field(default_factory=CorsSettings)

    def unfit_for_production(self) -> list[str]:
        """Return what would break off requests that still have time."""
        if self.shutdown_grace >= self.deadline:
            return []
        return ["set HTTP__SHUTDOWN_GRACE: it has to be HTTP__DEADLINE or longer"]


class OpsSettings(BaseModel):
    """Where those who run the service look inside; not for its clients."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(
        default="127.0.0.1",
        description="The address that metrics are served at; never a public one.",
    )
    port: int = Field(
        default=9000,
        ge=0,
        le=65535,
        description="The port that metrics are served at; 0 serves none.",
    )
    interval: Seconds = Field(
        default=5,
        description="Seconds between looks at dependencies and connections, for metrics.",
    )


class Settings(BaseSettings):
    """All settings of the service, checked when it starts."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        description="`development` or `production`.",
    )
    secret_key: Secret[SecretKey] = Field(
        default=Secret(DEVELOPMENT_KEY),
        description="Signs what clients hand back; 32 characters or more, the same in every process.",
    )
    http: HttpSettings = Field(default_factory=HttpSettings)
    ops: OpsSettings = Field(default_factory=OpsSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
#% if cookiecutter.auth != "none"
    auth: AuthSettings = Field(default_factory=AuthSettings)
#% endif
    cache: CacheSettings = Field(default_factory=CacheSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)

    @property
    def log_format(self) -> LogFormat:
        """The format chosen, or the one that suits the environment."""
        if self.log.format is not None:
            return self.log.format
        return LogFormat.JSON if self.in_production else LogFormat.CONSOLE

    @property
    def serves_document(self) -> bool:
        """Whether `/openapi.json` is served: as set, or in development."""
        return not self.in_production if self.http.docs is None else self.http.docs

    @property
    def in_production(self) -> bool:
        """Whether this is the real thing."""
        return self.environment is Environment.PRODUCTION

    @model_validator(mode="after")
    def refuse_what_is_unfit_for_production(self) -> Self:
        """What was made for a laptop is named all at once, each on a line of its own."""
        unfit = self.unfit_for_production() if self.in_production else []
        if unfit:
            raise ValueError("\n".join(unfit))
        return self

    def unfit_for_production(self) -> list[str]:
        """Return what has to be set in production; parts of the settings add to it."""
        unfit = []
        if "url" not in self.database.model_fields_set:
            unfit.append("set DATABASE__URL: production has no default database")
        if self.secret_key.get_secret_value() == DEVELOPMENT_KEY:
            unfit.append(f"set SECRET_KEY to what this prints: {MAKE_A_KEY}")
        for name in type(self).model_fields:
            part = getattr(self, name)
            if isinstance(part, ProductionChecked):
                unfit += part.unfit_for_production()
        return unfit


def settings_or_exit() -> Settings:
    """Return the settings of the environment, or exit with a line for each that can't be used."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit(explain(error))
    except SettingsError as error:  # what has to be JSON
        sys.exit(f"settings: {error}: write it as JSON")


def explain(error: ValidationError) -> str:
    """Return a line for each setting that can't be used, by the name it is set with."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        parts = (part for part in problem["loc"] if isinstance(part, str))
        name = "__".join(parts).upper() or "settings"
        reasons = problem["msg"].removeprefix("Value error, ").splitlines()
        lines += [f"{name}: {reason}" for reason in reasons]
    return "\n".join(lines)
