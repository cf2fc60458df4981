"""What is not imported costs nothing."""

import subprocess
import sys


def test_what_makes_traces_is_not_even_imported_without_an_address() -> None:
    """It would take time and memory from those who do not want it."""
    code = "import app.main, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]

    output = subprocess.check_output(command, text=True)  # noqa: S603 - our own code

    modules = set(output.split())
    assert "opentelemetry.trace" in modules
    assert not modules & {"opentelemetry.sdk", "google.protobuf", "requests"}
