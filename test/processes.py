"""Programs that a test starts, and ends by pid."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).parent.parent
DEADLINE = 20  # seconds; the limit of every wait
# Without this lock, two threads could choose the same port before either listens on it.
port_lock = threading.Lock()


def free_port():
    """A port of the loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, description):
    """Waits until the condition is true, and returns its result."""
    deadline = time.monotonic() + DEADLINE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {DEADLINE} s: {description}")
        time.sleep(0.01)
    return result


class Process:
    def __init__(self, command, log, environment=None):
        self.name = pathlib.Path(command[0]).name
        self.log = log
        # Only the variables that every program needs: no REDIS_HOST and no proxy of the caller.
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                env=kept | {"HOME": str(log.parent)} | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches only the test, which ends the process
            )

    def until_logged(self, find):
        """Waits until `find` returns a true value for a line of the log, and returns the value.

        Ends the process if there is no such line.
        """

        def search():
            lines = self.log.read_text(errors="replace").splitlines()
            found = next(filter(None, map(find, lines)), None)
            if not found and self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended: {' '.join(lines[-3:])}")
            return found

        try:
            return eventually(search, f"{self.name} starts")
        except BaseException:  # the caller has no process to end
            self.end()
            raise

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # Ends the remaining descendants: Chromium, if chromedriver was interrupted.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Redis(Process):
    def __init__(self, folder, port=None):
        self.folder = folder
        with port_lock:
            self.port = port or free_port()
            super().__init__(
                ["redis-server", "--bind", "127.0.0.1", "--port", self.port, "--save", ""]
                + ["--dir", folder],
                folder / "redis.log",
            )
            self.until_logged(lambda line: "Ready to accept connections" in line)

    def command(self, line):
        """Sends an inline command, and returns its reply: an integer, or a text or None."""
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE) as stream:
            stream.sendall(line.encode() + b"\r\n")
            reply = stream.makefile("rb")
            first = reply.readline().decode().strip()
            assert first[0] != "-", first
            if first[0] == "$":
                return None if first == "$-1" else reply.readline().decode().strip()
            return int(first[1:]) if first[0] == ":" else first[1:]

    def visits(self, counter=None):
        """The total of a counter, by default of the default counter."""
        key = f"{{visits}}:{counter}" if counter else "visits"
        return int(self.command(f"GET {key}") or 0)


class Tally(Process):
    """The release build of Tally, with its own Redis."""

    def __init__(self, folder, environment=None):
        self.redis = Redis(folder)
        super().__init__(
            [os.environ.get("TALLY", ROOT / "build/release/tally")],
            folder / "tally.log",
            {
                "PORT": "0",
                "TALLY_ADDRESS": "127.0.0.1",
                "TALLY_THREADS": "1",
                "TALLY_DRAIN_DELAY_MS": "0",
                "REDIS_PORT": str(self.redis.port),
            }
            | (environment or {}),
        )
        self.port = self.until_logged(self._port)
        self.origin = f"http://localhost:{self.port}"
        self.until_logged(lambda line: '"event":"redis_ready"' in line)

    def restart_redis(self):
        """Starts a new, empty Redis in place of the one that has ended."""
        self.redis = Redis(self.redis.folder, self.redis.port)

    @staticmethod
    def _port(line):
        entry = json.loads(line)
        return entry["event"] == "listening" and entry["port"]

    def end(self):
        super().end()
        self.redis.end()
