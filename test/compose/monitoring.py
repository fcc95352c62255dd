#!/usr/bin/env python3
"""Asks the Prometheus of the stack, and prints what is wrong; the status is 0 only if nothing is.

    monitoring.py targets          each target of each job responds
    monitoring.py dashboard        each expression of each panel returns data
    monitoring.py rules            each rule is evaluated, and each alert names what to do
    monitoring.py alert NAME...    these alerts are pending or firing

Grafana is not needed: it sends the same queries.
"""

import json
import math
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

PROMETHEUS = "http://127.0.0.1:9090"
ROOT = pathlib.Path(__file__).resolve().parents[2]
JOBS = {"tally", "nginx", "redis", "prometheus"}


def api(path, **parameters):
    address = f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return json.load(response)["data"]
    except urllib.error.HTTPError as error:  # such as a query that Prometheus cannot parse
        raise SystemExit(f"{error.read().decode()}: {parameters}") from error


def targets():
    active = api("targets", state="active")["activeTargets"]
    for target in active:
        if target["health"] != "up":
            yield f"{target['scrapeUrl']} is {target['health']}: {target['lastError']}"
    for job in JOBS - {target["labels"]["job"] for target in active}:
        yield f"the job {job} has no target"


def dashboard():
    (source,) = re.findall(
        r"^ *uid: (\w+)", (ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text(), re.M)
    panels = json.loads((ROOT / "deploy/grafana/dashboards/tally.json").read_text())["panels"]
    panels = [panel for panel in panels if panel["type"] != "row"]
    if len({panel["id"] for panel in panels}) < len(panels) or len(panels) < 20:
        yield "panels are missing, or have the same id"
    for panel in panels:
        if panel["datasource"]["uid"] != source or not panel["targets"]:
            yield f"{panel['title']}: no query, or another data source than {source}"
        for target in panel["targets"]:
            result = api("query", query=target["expr"])["result"]
            if all(math.isnan(float(series["value"][1])) for series in result):
                yield f"{panel['title']}: no data for {target['expr']}"


def sections(page):
    """The text below each heading of a page in docs/, by the anchor that GitHub gives to it."""
    _, *parts = re.split(r"^#+ (.*)\n", (ROOT / "docs" / page).read_text(), flags=re.M)
    anchors = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in parts[::2])
    return dict(zip(anchors, parts[1::2]))


def runbook(name, address, pages):
    """The alert's own section of operating.md, whose links lead on to sections that exist."""
    if address != f"docs/operating.md#{name.lower()}":
        yield f"{name} links to {address}, not to its section of docs/operating.md"
        return
    section = pages["operating.md"].get(name.lower(), "").strip()
    if not section:
        yield f"docs/operating.md does not say what to do about {name}"
    for page, anchor in re.findall(r"\]\(([\w.]*)#([\w-]*)\)", section):
        page = page or "operating.md"
        if anchor not in pages.setdefault(page, sections(page)):
            yield f"the section about {name} links to {page}#{anchor}, which is not there"


def rules():
    groups = api("rules")["groups"]
    tests = (ROOT / "deploy/prometheus/alerts_test.yml").read_text()
    pages = {"operating.md": sections("operating.md")}
    if not groups:
        yield "Prometheus has no rules"
    for rule in (rule for group in groups for rule in group["rules"]):
        if rule["health"] != "ok":
            yield f"{rule['name']} is {rule['health']}: {rule.get('lastError')}"
        if rule["type"] != "alerting":
            continue
        if f'alertname="{rule["name"]}"' not in tests:
            yield f"{rule['name']} has no test"
        texts = rule["annotations"]
        if not texts.get("summary") or not texts.get("action"):
            yield f"{rule['name']} does not say what is wrong or what to do"
        yield from runbook(rule["name"], texts.get("runbook_url", ""), pages)


def alert(*names):
    active = {item["labels"]["alertname"] for item in api("alerts")["alerts"]}
    for name in set(names) - active:
        yield f"{name} is neither pending nor firing; these are: {sorted(active)}"


def main():
    command = {check.__name__: check for check in (targets, dashboard, rules, alert)}[sys.argv[1]]
    problems = list(command(*sys.argv[2:]))
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))


main()
