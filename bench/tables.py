"""Markdown tables, and the figures in them."""

import statistics


def median(values):
    """None if there are no values: a figure that this server does not have."""
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None


def with_range(values):
    if len(values) < 2:
        return short(median(values))
    return f"{short(median(values))} ({short(min(values))} to {short(max(values))})"


def short(value, factor=1.0):
    """Three significant digits."""
    if value is None:
        return "-"
    value *= factor
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def table(head, rows):
    width = len(head)
    lines = [head, ["---"] + ["---:"] * (width - 1) if width > 2 else ["---"] * width]
    lines += [[*row, *[""] * (width - len(row))] for row in rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
