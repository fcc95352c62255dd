"""The pages with a keyboard, and checked by axe-core for violations of the WCAG."""

import functools
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
AXE = HERE / "node_modules/axe-core"

TAB = "\ue004"
ENTER = "\ue007"

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


def open_page(context, path="/"):
    context.browser.open(context.tally.origin + path)


def keyboard(context):
    """Tab reaches every control in order, and Enter in the field submits nothing"""
    open_page(context)
    controls = "[...document.querySelectorAll('a, button, input')]"
    expected = context.browser.run(f"return {controls}.map((_, index) => index)")
    assert len(expected) == 9, f"the page has {len(expected)} controls"
    reached = []
    for _ in expected:
        context.browser.press(TAB)
        reached.append(context.browser.run(f"return {controls}.indexOf(document.activeElement)"))
    assert reached == expected, f"Tab reaches {reached}"
    context.browser.run(
        "addEventListener('submit', event => { document.title = event.defaultPrevented });"
        "document.getElementById('counter').focus()"
    )
    context.browser.press("a", ENTER)
    context.browser.eventually("return document.title !== 'Tally'")
    assert context.browser.run("return document.title") == "true", "Enter submits the form"


def accessible(context):
    """axe-core finds no violation on any page, light or dark"""
    try:
        for scheme in "light", "dark":
            feature = {"name": "prefers-color-scheme", "value": scheme}
            context.browser.devtools("Emulation.setEmulatedMedia", features=[feature])
            # The last one shows the error below the field.
            for path in "/", "/count", "/nothing", "/?counter=a//b":
                open_page(context, path)
                found = violations(context.browser)
                assert found == [], f"{path}, {scheme}: {found}"
    finally:
        context.browser.devtools("Emulation.setEmulatedMedia", features=[])


CHECKS = [keyboard, accessible]
