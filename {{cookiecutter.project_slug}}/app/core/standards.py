"""House standards that the running service keeps."""

from typing import Literal

LogLevel = Literal[{{ cookiecutter._house.log_levels | map("python_string") | join(", ") }}]
"""The names of log levels that settings may use."""
