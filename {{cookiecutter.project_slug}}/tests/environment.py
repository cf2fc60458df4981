"""Settings, as a process is given them."""

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
