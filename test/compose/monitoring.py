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


def anchors(page):
    """The anchors that GitHub gives to the headings of a page."""
    for heading in re.findall(r"^#+ (.*)", page.read_text(), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rules():
    groups = api("rules")["groups"]
    tests = (ROOT / "deploy/prometheus/alerts_test.yml").read_text()
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
        page, _, anchor = texts.get("runbook_url", "").partition("#")
        if page != "docs/operating.md" or anchor not in anchors(ROOT / page):
            yield f"{rule['name']} links to {page}#{anchor}, which is not there"


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
