"""README's snippets for web pages."""

import re

from processes import ROOT

README_ORIGIN = "http://localhost:5002"


def snippet(text, origin):
    """The HTML block of README that contains this text, with this origin of Tally."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```html\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if text in block]
    assert len(found) == 1, f"README has {len(found)} HTML blocks with {text}"
    assert README_ORIGIN in found[0], f"README's block with {text} does not request {README_ORIGIN}"
    return found[0].replace(README_ORIGIN, origin)


def fetch_snippet(origin):
    return snippet("fetch(", origin)


def beacon_snippet(origin):
    return snippet("sendBeacon(", origin)
