"""How many system calls processes make while a load runs. Counting slows them down, so that
nothing else is measured meanwhile."""

import functools
import pathlib
import signal
import subprocess
import tempfile
import time

TRACEPOINT = "raw_syscalls:sys_enter"


@functools.cache
def tool():
    """perf, which only counts; else strace, which stops the process at each; else None. Which of
    them is installed and allowed, counting those of a process that makes some all the time."""
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
    """Runs load(command to run it with), and counts the calls that each group of pids makes
    meanwhile, and the processes and threads that they start."""
    return METHODS[tool()](groups, folder, load)


def _perf(groups, folder, load):
    outputs = [folder / f"perf.{index}" for index in range(len(groups))]
    around = []
    for pids, output in zip(groups, outputs):
        around += ["perf", "stat", "-x,", "-e", TRACEPOINT, "-o", output, "-p", _list(pids), "--"]
    result = load(around)
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
    # Last comes: 100.00 SECONDS USECS/CALL CALLS [ERRORS] total
    return result, [int(output.read_text().splitlines()[-1].split()[3]) for output in outputs]


METHODS = {"perf": _perf, "strace": _strace}


def _list(pids):
    return ",".join(map(str, pids))


def _wait(around):
    subprocess.run([*around, "sleep", "0.1"], check=True, capture_output=True)
