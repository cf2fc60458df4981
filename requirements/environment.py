"""Make the template's own environment: `environment.py FOLDER REQUIREMENTS`.

It runs on whatever Python the machine has, so it must be readable by an old one too, if only
to say that it is too old. Nothing is done when the environment is there already.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

LEAST = (3, 11)


def main(folder, requirements):
    """Make the environment if it is missing or out of date. Returns an exit status."""
    if sys.version_info < LEAST:
        return complain(
            "Python %d.%d or later is needed, and %s is %s: name another one with PYTHON=..."
            % (LEAST + (sys.executable, sys.version.split()[0]))
        )
    stamp = os.path.join(folder, os.path.basename(requirements) + ".installed")
    wanted = fingerprint(requirements)
    if read(stamp) == wanted:
        return 0
    started = time.monotonic()
    print("Making the template's environment … ", end="", flush=True)
    for command in commands(folder, requirements):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print("failed")
            sys.stderr.write(done.stdout.decode("utf-8", "replace"))
            return complain(advice(command, folder))
    with open(stamp, "w") as file:
        file.write(wanted)
    print("%.1f s" % (time.monotonic() - started))
    return 0


def commands(folder, requirements):
    """Make the folder anew unless its Python works and is the one that runs this."""
    python = os.path.join(folder, "bin", "python")
    if read(os.path.join(folder, "python.version")) != sys.version:
        shutil.rmtree(folder, ignore_errors=True)
        yield [sys.executable, "-m", "venv", folder]
        with open(os.path.join(folder, "python.version"), "w") as file:
            file.write(sys.version)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    yield [python, "-m", "pip", "install"] + quiet + ["--requirement", requirements]


def advice(command, folder):
    if command[2] == "venv":
        shutil.rmtree(folder, ignore_errors=True)
        return (
            "Python's venv does not work here; on Debian and Ubuntu: apt-get install python3-venv"
        )
    return "The template's tools could not be installed: check the network, then run this again."


def fingerprint(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read() + sys.version.encode()).hexdigest()


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def complain(line):
    print(line, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
