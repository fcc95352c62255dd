"""Processes of the machine: started on certain cores, measured, and ended by pid."""

import os
import signal
import socket
import subprocess
import time


def free_port():
    """A port of the loopback that the system hands out and nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Processes:
    """What one server consists of: the processes started here, and all that those start."""

    def __init__(self, cores, log):
        self.cores = cores
        self.log = log
        self.started = []

    def start(self, command, environment=None, folder=None):
        # Of the caller's environment only what any program needs: a REDIS_HOST
        # or a TALLY_LOG_LEVEL of theirs is not part of the comparison.
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
                # A session for each: by it its descendants are found, and a
                # Ctrl-C reaches this program alone, which then ends them.
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, self.cores),
            )
        )

    def ended(self):
        """Whether one that was started is no more."""
        return any(process.poll() is not None for process in self.started)

    def pids(self):
        sessions = {process.pid for process in self.started}
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getsid(int(entry)) in sessions:
                    found.append(int(entry))
            except ProcessLookupError:
                pass  # it ended while the list was read
        return found

    def cpu_seconds(self):
        """CPU time, user and system, that all of them have used, those of their threads that
        ended included. From the clocks of the processes, which count nanoseconds where
        /proc/PID/stat counts ticks of 10 ms."""
        return sum(time.clock_gettime(_cpu_clock(pid)) for pid in self.pids())

    def memory(self, file, field):
        """The sum of a field of /proc/PID/status or smaps_rollup, in bytes."""
        return sum(_kilobytes(pid, file, field) * 1024 for pid in self.pids())

    def end(self):
        # At once: nothing they keep is wanted, and some take their time to stop.
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.started:
            process.wait()


def _cpu_clock(pid):
    """What clock_getcpuclockid(3) gives, which Python does not have."""
    return ~pid << 3 | 2


def _kilobytes(pid, file, field):
    with open(f"/proc/{pid}/{file}", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0
