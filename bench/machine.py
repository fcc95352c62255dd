"""The machine and the software versions of a run."""

import os
import pathlib
import platform
import re
import subprocess

from server import BUILD, PYTHON, ROOT
from tally_server import Tally


def description(cores):
    """Rows of (name, value)."""
    memory = int(_find(pathlib.Path("/proc/meminfo").read_text(), r"MemTotal:\s+(\d+)")) / 2**20
    model = _find(pathlib.Path("/proc/cpuinfo").read_text(), r"model name\s*: (.*)")
    return [
        ("CPU", f"{model or platform.machine()}, {os.cpu_count()} cores"),
        ("cores used", f"{cores[0]} for the server, {cores[-1]} for the load and Redis"),
        ("memory", f"{memory:.1f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("system", platform.freedesktop_os_release()["PRETTY_NAME"]),
    ]


def versions():
    """(name, version) of all programs and libraries that are installed."""
    python = "import importlib.metadata as metadata; print(metadata.version('%s'))"
    node = BUILD / "node/node_modules"
    commands = [
        ("Redis", ["redis-server", "--version"], r"v=(\S+)"),
        ("wrk", ["wrk", "--version"], r"wrk (\S+)"),
        ("nginx", ["nginx", "-v"], r"nginx/(\S+)"),
        ("nginx Lua module", _package("libnginx-mod-http-lua"), r"(.+)"),
        ("webdis", _package("webdis"), r"(.+)"),
        ("Python", [PYTHON, "--version"], r"Python (\S+)"),
        *[
            (name, [PYTHON, "-c", python % name], r"(.+)")
            for name in ("flask", "werkzeug", "redis", "gunicorn")
        ],
        ("node", ["node", "--version"], r"v(\S+)"),
        *[
            (name, ["cat", node / name / "package.json"], r'"version": "(.+)"')
            for name in ("fastify", "ioredis")
        ],
        ("drogon", _package("libdrogon-dev"), r"(.+)"),
        ("compiler", ["c++", "--version"], r"(.+)"),
    ]
    found = [(name, _find(_output(command), pattern)) for name, command, pattern in commands]
    return [(name, version) for name, version in [("Tally", _tally()), *found] if version]


def image_size():
    """Bytes of the image that `make up` builds; None without a Docker engine that has it."""
    inspect = ["docker", "image", "inspect", "--format", "{{.Size}}", "tally-tally"]
    size = _output(inspect).strip()
    return int(size) if size.isdigit() else None


def _tally():
    if not Tally.program:
        return None
    describe = ["git", "-C", ROOT, "describe", "--always", "--dirty=, with changes"]
    revision = _output(describe).strip()
    size = Tally.program.stat().st_size / 1e6
    return f"{revision or 'no git'}, preset `{Tally.program.parent.name}`, {size:.1f} MB"


def _package(name):
    return ["dpkg-query", "--show", "--showformat=${Version}", name]


def _output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    # wrk prints its version with an error status, nginx prints it on stderr.
    return done.stdout + (done.stderr if command[0] == "nginx" else "")


def _find(text, pattern):
    match = re.search(pattern, text)
    return match and match[1].strip()
