"""Writes bench/RESULTS.md."""

import datetime

import machine
import report_notes
import report_rows
import servers
import syscalls
from cases import ClosedLoop, OpenLoop, on_one_counter
from measurement import EXACT_REQUESTS
from tables import median, table


def write(arguments, cases, results, errors, cores):
    """The text of the file. Results and errors are by (case, name)."""
    opened = [case for case in cases if isinstance(case, OpenLoop)]
    closed = [case for case in cases if isinstance(case, ClosedLoop)]
    parts = [
        "# Results of the benchmark",
        "Written by `make bench`; the notes below the tables explain them.",
        _conditions(arguments, cores),
    ]
    if opened:
        parts.append("## Open loop: latency and CPU at a given rate")
        parts.append(report_notes.OPEN_LOOP.format(connections=OpenLoop.CONNECTIONS))
    for case in opened:
        section = _named_open_loop_section if case.names else _open_loop_section
        parts += section(case, results, errors)
    if closed:
        parts += ["## Closed loop: throughput", report_notes.CLOSED_LOOP]
    for case in closed:
        section = _named_section if case.names else _closed_loop_section
        parts += section(case, results, errors)
    parts += ["## Start and idle", _start_table(results), _image_size()]
    notes = report_notes.HOW_TO_READ.format(
        syscalls=syscalls.tool() or "nothing here (neither perf nor strace works)",
        exact=EXACT_REQUESTS,
        carried=report_rows.CARRIED,
        capacity=ClosedLoop.CAPACITY_CONNECTIONS,
    )
    parts += ["## How to read this", notes]
    return "\n\n".join(filter(None, parts)) + "\n"


def _conditions(arguments, cores):
    command = "make bench" + (f" ARGS='{arguments.given}'" if arguments.given else "")
    rows = [
        ("date", f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC"),
        ("command", f"`{command}`"),
        ("rounds", f"{arguments.rounds}, of {arguments.seconds} s for each server"),
        ("Redis", f"append-only file, `appendfsync {arguments.fsync}`"),
        *machine.description(cores),
        *machine.versions(),
    ]
    return table(["", ""], rows)


def _open_loop_section(case, results, errors):
    return [
        f"### {case}",
        _comparison(
            servers.OPEN_LOOP,
            _of_case(case, results),
            _of_case(case, errors),
            report_rows.OPEN_LOOP_COLUMNS,
            report_rows.open_loop,
        ),
    ]


def _named_open_loop_section(case, results, errors):
    columns = [name.replace(*report_rows.FLOOR_TO_ONE) for name in report_rows.OPEN_LOOP_COLUMNS]
    return [
        f"### {case}",
        _named_comparison(case, results, errors, columns, report_rows.open_loop),
    ]


def _named_section(case, results, errors):
    columns = list(report_rows.CLOSED_LOOP_COLUMNS)
    columns[columns.index(report_rows.TO_FIRST)] = report_rows.TO_ONE_COUNTER
    return [
        f"### Alone, {case}",
        _named_comparison(case, results, errors, columns, report_rows.closed_loop),
    ]


def _named_comparison(case, results, errors, columns, row):
    return _comparison(
        servers.NAMED,
        _of_case(case, results),
        _of_case(case, errors),
        columns,
        row,
        own_baselines=_of_case(on_one_counter(case), results),
    )


def _closed_loop_section(case, results, errors):
    case_results, case_errors = _of_case(case, results), _of_case(case, errors)
    parts = []
    for title, group in servers.GROUPS.items():
        columns, row = report_rows.CLOSED_LOOP_COLUMNS, report_rows.closed_loop
        parts.append(f"### {title}, {case}")
        parts.append(_comparison(group, case_results, case_errors, columns, row))
        if group is servers.ALONE and case.connections > 1:
            parts.append(_two_workers(case_results))
    return parts


def _of_case(case, values):
    return {name: value for (one, name), value in values.items() if one == case}


def _comparison(group, results, errors, columns, row, own_baselines=None):
    """Compares each server with the first one, or with its own baseline if these are given."""
    rows = []
    for server in group:
        if server.name in errors:
            error = " ".join(errors[server.name].replace("|", "/").split())
            rows.append([server.name, f"not available: {error}"])
        elif server.name in results:
            if own_baselines is None:
                baseline = results.get(group[0].name, [])
            else:
                baseline = own_baselines.get(server.name, [])
            rows.append([server.name, *row(results[server.name], baseline)])
    return table([""] + columns, rows)


def _two_workers(results):
    """The throughput of two workers relative to one, computed from their CPU."""
    one, two = (results.get(name) for name in ("Tally", "Tally (2 workers)"))
    if not one or not two:
        return ""
    ratio = median(2 * a.cpu / b.cpu for a, b in zip(one, two))
    return f"By CPU a visit, two workers on two cores carry {ratio:.2f} times as much as one."


def _start_table(results):
    rows = []
    for server in servers.ALL:
        rounds = [rounds for (_, name), rounds in results.items() if name == server.name]
        trials = sum(rounds, [])
        if trials:
            rows.append([server.name, *report_rows.start(trials)])
    return table([""] + report_rows.START_COLUMNS, rows)


def _image_size():
    size = machine.image_size()
    text = f"{size / 1e6:.1f} MB" if size else "n/a, no Docker engine has it here"
    return f"Tally's image: {text}."
