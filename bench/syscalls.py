"""Counts the system calls of processes during a load. Counting slows the processes down: nothing
else is measured meanwhile."""

import functools
import pathlib
import signal
import subprocess
import tempfile
import time

TRACEPOINT = "raw_syscalls:sys_enter"


@functools.cache
def tool():
    """perf, which only counts; or strace, which stops the process at each call; or None if neither
    is installed and permitted. Tries each on a process that makes system calls all the time."""
    busy = subprocess.Popen(["sh", "-c", "while :; do sleep 0.01; done"], start_new_session=True)
    try:
        for name, method in METHODS.items():
            with tempfile.TemporaryDirectory() as folder:
                try:
                    method([[busy.pid]], pathlib.Path(folder), _wait)
                    return name
                except (OSError, ValueError, IndexError, subprocess.CalledProcessError):
                    pass
        return None
    finally:
        busy.kill()
        busy.wait()


def count(groups, folder, load):
    """Calls load(prefix), which runs its command with that prefix. Returns its result and the
    number of calls of each group of pids, with the processes and threads that they start."""
    return METHODS[tool()](groups, folder, load)


def _perf(groups, folder, load):
    outputs = [folder / f"perf.{index}" for index in range(len(groups))]
    prefix = []
    for pids, output in zip(groups, outputs):
        prefix += ["perf", "stat", "-x,", "-e", TRACEPOINT, "-o", output, "-p", _list(pids), "--"]
    result = load(prefix)
    # COUNT,,raw_syscalls:sys_enter,... after a comment
    lines = [output.read_text().strip().splitlines()[-1] for output in outputs]
    return result, [int(line.split(",")[0]) for line in lines]


def _strace(groups, folder, load):
    outputs = [folder / f"strace.{index}" for index in range(len(groups))]
    tracers = []
    try:
        for pids, output in zip(groups, outputs):
            command = ["strace", "-f", "-c", "-o", output, "-p", _list(pids)]
            tracers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        time.sleep(0.5)  # until they are attached
        result = load([])
    finally:
        for tracer in tracers:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
    # The last line: 100.00 SECONDS USECS/CALL CALLS [ERRORS] total
    return result, [int(output.read_text().splitlines()[-1].split()[3]) for output in outputs]


METHODS = {"perf": _perf, "strace": _strace}


def _list(pids):
    return ",".join(map(str, pids))


def _wait(prefix):
    subprocess.run([*prefix, "sleep", "0.1"], check=True, capture_output=True)
