"""The snippets of docs/script.md on pages that are not prerendered."""

import snippets


def shows_the_number(context):
    """a page load counts one visit and shows the number"""
    url = context.site.add("/page.html", snippets.fetch_snippet(context.tally.origin))
    for number in 1, 2:
        context.browser.open(url)
        context.browser.eventually(
            f"return document.getElementById('visits').textContent === '{number}'"
        )
        context.visits_are(number)


def counts_without_showing(context):
    """sendBeacon counts one visit for each page load"""
    url = context.site.add("/page.html", snippets.beacon_snippet(context.tally.origin))
    for number in 1, 2:
        context.browser.open(url)
        context.browser.eventually(f"return {ANSWERED} === 1")
        context.visits_are(number)


# The number of requests of the page to /count that have ended, with a response or an error.
ANSWERED = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('/count')).length"

CHECKS = [shows_the_number, counts_without_showing]
