"""Pages that Chromium prerenders and activates when the link is followed."""

import snippets
from processes import eventually
from snippet_checks import ANSWERED

# Sends the site a request after all scripts of the page have run.
REPORT = """
<script>
  addEventListener("load", () => fetch(`/loaded?prerendering=${document.prerendering}`))
</script>
"""

FIRST = """
<script type="speculationrules">
  {"prerender": [{"source": "list", "urls": ["page.html"]}]}
</script>
<a href="page.html">next</a>
"""


def prerender(context, body):
    """Opens a page that makes Chromium prerender a page with this body."""
    context.site.add("/page.html", body + REPORT)
    context.browser.open(context.site.add("/first.html", FIRST))
    eventually(
        lambda: any(path == "/loaded?prerendering=true" for path, _ in context.site.requests),
        "Chromium prerenders the page",
    )
    loads = [purpose for path, purpose in context.site.requests if path == "/page.html"]
    assert loads == ["prefetch;prerender"], f"the page was loaded for {loads}"


def activate(context):
    """Follows the link, and waits until the prerendered page is the visible one."""
    context.browser.run("document.querySelector('a').click()")
    context.browser.eventually(
        "return location.pathname === '/page.html' && !document.prerendering"
    )
    activated = "performance.getEntriesByType('navigation')[0].activationStart"
    assert context.browser.run(f"return {activated}") > 0, "the page was loaded again"


def counts_once_when_activated(context, snippet):
    prerender(context, snippet)
    context.visits_are(0)
    activate(context)
    context.browser.eventually(f"return {ANSWERED} > 0")
    assert context.browser.run(f"return {ANSWERED}") == 1, "the page sent several requests"
    context.visits_are(1)


def fetch_waits(context):
    """a prerendered page counts nothing, then one visit when it is activated"""
    counts_once_when_activated(context, snippets.fetch_snippet(context.tally.origin))
    context.browser.eventually("return document.getElementById('visits').textContent === '1'")


def beacon_waits(context):
    """a prerendered page with sendBeacon counts nothing, then one visit when it is activated"""
    counts_once_when_activated(context, snippets.beacon_snippet(context.tally.origin))


def request_while_prerendered(context):
    """a request during prerendering returns the total and counts nothing"""
    prerender(
        context,
        f"<script>fetch('{context.tally.origin}/count', {{ method: 'POST' }})"
        ".then(response => response.text()).then(text => { document.title = text })</script>",
    )
    activate(context)
    context.browser.eventually("return document.title === '0'")
    context.visits_are(0)


CHECKS = [fetch_waits, beacon_waits, request_while_prerendered]
