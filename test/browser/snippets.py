"""The snippets for web pages in docs/script.md."""

import re

from processes import ROOT

DOCUMENTED_ORIGIN = "http://localhost:5002"


def snippet(text, origin):
    """The HTML block of docs/script.md that contains this text, with this origin of Tally."""
    page = (ROOT / "docs/script.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```html\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if text in block]
    assert len(found) == 1, f"docs/script.md has {len(found)} HTML blocks with {text}"
    assert DOCUMENTED_ORIGIN in found[0], f"{text} does not request {DOCUMENTED_ORIGIN}"
    return found[0].replace(DOCUMENTED_ORIGIN, origin)


def fetch_snippet(origin):
    return snippet("fetch(", origin)


def beacon_snippet(origin):
    return snippet("sendBeacon(", origin)
