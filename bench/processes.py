"""Processes that are started on certain cores, measured, and ended by pid."""

import os
import signal
import socket
import subprocess
import time


def free_port():
    """A free port of the loopback, chosen by the system."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """The processes of one server: those started here, and their descendants."""

    def __init__(self, cores, log):
        self.cores = cores
        self.log = log
        self.started = []

    def start(self, command, environment=None, folder=None):
        # Only the variables that every program needs: the caller's REDIS_HOST or TALLY_LOG_LEVEL
        # must not change the comparison.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        given = {name: str(value) for name, value in (environment or {}).items()}
        self.started.append(
            subprocess.Popen(
                [str(word) for word in command],
                env=kept | given,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                # pids() finds descendants by their session. And Ctrl-C reaches only this
                # program, which then ends them.
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, self.cores),
            )
        )

    def ended(self):
        """Whether a process that was started has ended."""
        return any(process.poll() is not None for process in self.started)

    def pids(self):
        sessions = {process.pid for process in self.started}
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getsid(int(entry)) in sessions:
                    found.append(int(entry))
            except ProcessLookupError:
                pass  # ended after listdir()
        return found

    def cpu_seconds(self):
        """User and system time of all processes, with that of ended threads. The process clocks
        count nanoseconds; /proc/PID/stat counts ticks of 10 ms."""
        return sum(time.clock_gettime(_cpu_clock(pid)) for pid in self.pids())

    def memory(self, file, field):
        """The sum of a field of /proc/PID/status or smaps_rollup, in bytes."""
        return sum(_kilobytes(pid, file, field) * 1024 for pid in self.pids())

    def end(self):
        # SIGKILL: their data is not needed, and some stop slowly.
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.started:
            process.wait()


def _cpu_clock(pid):
    """Like clock_getcpuclockid(3), which Python does not have."""
    return ~pid << 3 | 2


def _kilobytes(pid, file, field):
    with open(f"/proc/{pid}/{file}", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0
