"""A server that is measured: how it is built and started."""

import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).parent.parent
PEERS = ROOT / "bench/peers"
BUILD = ROOT / "build/bench"
# The distribution's Python, which has its packages, whichever Python is first in PATH.
PYTHON = "/usr/bin/python3"


class Unavailable(Exception):
    """A server cannot be measured here; the message is the reason."""


class Server:
    name: str
    path = "/count"
    key = "visits"  # of the counter, in Redis
    accept = None  # the value of the Accept field; None: no such field
    named_path = None  # the path for many counters, with {} for the name; None: one counter only
    named_keys = None  # the pattern of their Redis keys
    counts = True
    workers = 1
    replicas = 0  # of Redis

    def prepare(self):
        """Builds the server and checks what it needs; raises Unavailable."""

    def start(self, trial):
        """Starts the server on trial.port."""
        raise NotImplementedError

    def number_in(self, body):
        """The number that a response shows."""
        return int(body)


def need_program(name):
    if not shutil.which(name):
        raise Unavailable(f"{name} is not installed")


def need_python(*modules):
    for module in modules:
        if subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True).returncode:
            raise Unavailable(f"python3-{module} is not installed")


def build(folder, command):
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        output = (error.stderr + error.stdout).replace(f"{ROOT}/", "")
        # The first line that mentions an error, and the line after it.
        match = re.search(r".*err(?:or|!).*\s*.*", output, re.IGNORECASE)
        message = match[0] if match else output[-200:]
        raise Unavailable(f"{command[0]} failed: {message}") from None
