"""Settings, as a process is given them."""

from collections.abc import Iterator

from pydantic import BaseModel, Secret


def environment_of(settings: BaseModel, prefix: str = "DATABASE__") -> dict[str, str]:
    """Return the environment variables that stand for settings."""
    environment: dict[str, str] = {}
    for name, value in settings:
        full_name = f"{prefix}{name}".upper()
        if isinstance(value, BaseModel):
            environment |= environment_of(value, f"{full_name}__")
        elif value is None:
            continue
        elif isinstance(value, Secret):
            environment[full_name] = str(value.get_secret_value())
        else:
            environment[full_name] = str(value)
    return environment


def documented_settings(
    model: type[BaseModel],
    prefix: str = "",
) -> Iterator[tuple[str, str]]:
    """Yield name and description of every setting, as it is set from outside."""
    for name, field in model.model_fields.items():
        full_name = f"{prefix}{name}".upper()
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            yield from documented_settings(nested, f"{full_name}__")
        else:
            yield full_name, field.description or ""
