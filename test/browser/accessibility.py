"""axe-core, which finds violations of the WCAG in the open page."""

import functools
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
AXE = HERE / "node_modules/axe-core"

RUN = """
  return axe.run().then(results => results.violations.map(violation =>
    violation.id + ": " + violation.nodes.map(node => node.target.join(" ")).join(", ")))
"""


@functools.cache
def _source():
    """The script, in the version that package-lock.json has; npm installs it if it is missing."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    wanted = lock["packages"]["node_modules/axe-core"]["version"]
    package = AXE / "package.json"
    if not package.exists() or json.loads(package.read_text("utf-8"))["version"] != wanted:
        command = ["npm", "ci", "--prefix", HERE, "--ignore-scripts", "--no-audit", "--no-fund"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"npm ci failed: {result.stderr.strip()}"
    return (AXE / "axe.min.js").read_text(encoding="utf-8")


def violations(browser):
    browser.run(_source())
    return browser.run(RUN)
