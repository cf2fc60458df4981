"""House standards that the running service keeps."""

from typing import Literal

LogLevel = Literal[{{ cookiecutter._house.log_levels | map("python_string") | join(", ") }}]
"""The names of log levels that settings may use."""

DEFAULT_LOG_LEVEL: LogLevel = {{ cookiecutter._house.log_levels | select("in", ["info", "INFO", "Info"]) | first | python_string }}
"""Events from this level on are logged when nothing else is set."""
