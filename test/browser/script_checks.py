"""tally.js, the script for web pages, on pages of another origin."""

import re
import urllib.error
import urllib.request

import prerender_checks
from processes import eventually


def tag(origin, counter=None):
    attribute = f' data-counter="{counter}"' if counter else ""
    return f'<script defer src="{origin}/tally.js"{attribute}></script>\n'


def element(name, counter=None):
    value = f'="{counter}"' if counter else ""
    return f'<p id="{name}" data-tally{value}>-</p>\n'


def shows(context, **expected):
    for name, text in expected.items():
        context.browser.eventually(
            f"return document.getElementById('{name}')?.textContent === '{text}'"
        )


def post(origin, path):
    return urllib.request.urlopen(origin + path, b"").read().decode()


def page_load(context):
    """the script counts one visit for each page load, and shows it in all elements"""
    body = element("one") + tag(context.tally.origin) + element("two") + element("three", "visits")
    url = context.site.add("/page.html", body)
    for number in 1, 2:
        context.browser.open(url)
        shows(context, one=number, two=number, three=number)
        context.visits_are(number)
    assert context.browser.run("return document.cookie") == ""


def prerendered(context):
    """the script counts nothing on a prerendered page, then one visit when it is activated"""
    body = element("one") + tag(context.tally.origin, "blog/post-1")
    prerender_checks.prerender(context, body)
    context.visits_are(0, "blog/post-1")
    prerender_checks.activate(context)
    shows(context, one=1)
    context.visits_are(1, "blog/post-1")


NOTE_RESTORED = """
<script>
  addEventListener("pageshow", event => { document.title = event.persisted })
</script>
"""


def back_and_forward(context):
    """a page that is restored by back or forward counts one visit again"""
    body = element("one") + tag(context.tally.origin) + NOTE_RESTORED
    first = context.site.add("/first.html", body)
    second = context.site.add("/second.html", body)
    context.browser.open(first)
    shows(context, one=1)
    context.browser.open(second)
    shows(context, one=2)
    for number, move in enumerate((context.browser.back, context.browser.forward) * 2, 3):
        move()
        shows(context, one=number)
        context.visits_are(number)
        assert context.browser.run("return document.title") == "true", "the page was loaded again"


def several_counters(context):
    """each script counts its counter once, and a counter without a script is only shown"""
    origin = context.tally.origin
    for number in "1\n", "2\n":
        assert post(origin, "/count/other") == number
    elements = element("own") + element("b", "b") + element("c", "other") + element("d", "new")
    tags = tag(origin, "a") + tag(origin, "b") + tag(origin, "a")
    context.browser.open(context.site.add("/page.html", elements + tags))
    shows(context, own=1, b=1, c=2, d=0)
    for counter, number in {"a": 1, "b": 1, "other": 2, "new": 0}.items():
        context.visits_are(number, counter)
    context.visits_are(0)


def repeated(context):
    """the script repeats a visit that got 503, and it is counted once"""
    url = context.site.add("/page.html", element("one") + tag(context.tally.origin))
    context.browser.open(url)
    shows(context, one=1)
    context.tally.redis.end()
    eventually(lambda: not_counted(context), "Tally responds with 503 without its Redis")
    context.browser.open(url)
    status = "performance.getEntriesByType('resource').map(entry => entry.responseStatus)"
    context.browser.eventually(f"return {status}.includes(503)")
    context.tally.restart_redis()
    # Above the number that Tally has shown before Redis lost it.
    shows(context, one=2)
    context.visits_are(2)


def not_counted(context):
    try:
        post(context.tally.origin, "/count")
    except urllib.error.HTTPError as error:
        return error.code == 503
    return False


# Pauses end immediately, and are recorded.
RECORD_PAUSES = """
<script>
  pauses = []
  setTimeout = (callback, pause, ...values) => { pauses.push(pause); callback(...values) }
</script>
"""

ENDED = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('/a')).length"


def visit_with_responses(context, count, *responses, first=True):
    """Opens a page whose visits get these responses; returns the pauses after `count` requests.

    The site serves the script itself, from a folder and as another origin than the page. `first`:
    the browser has not sent this visit before.
    """
    cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    script = urllib.request.urlopen(context.tally.origin + "/tally.js").read().decode()
    context.site.pages["/folder/tally.js"] = script
    context.site.responses["/folder/count/a"] = [
        (status, cors | headers, body) for status, headers, body in responses
    ]
    context.site.sent.clear()
    context.site.keys.clear()
    origin = context.site.origin.replace("127.0.0.1", "localhost")
    body = RECORD_PAUSES + element("one") + tag(f"{origin}/folder", "a")
    context.browser.open(context.site.add("/page.html", body))
    context.browser.eventually(f"return {ENDED} === {count}")
    # A further request ends after the script has handled the response.
    context.browser.run("return fetch('/page.html').then(response => response.text())")
    posts = [("POST", "/folder/count/a")] * count
    # The first visit needs a preflight, and the browser keeps its result for all later ones.
    preflights = [("OPTIONS", "/folder/count/a")] * first
    assert context.site.sent == preflights + posts, f"the script sent {context.site.sent}"
    keys = set(context.site.keys)
    assert len(keys) == 1 and re.fullmatch(r"\d+(-\d+){3}", *keys), f"keys {context.site.keys}"
    return context.browser.run("return pauses")


def pause_of_retry_after(context):
    """the script waits for Retry-After, and repeats with the same key after one preflight"""
    pauses = visit_with_responses(
        context,
        3,
        (503, {"Retry-After": "7"}, ""),
        (503, {"Retry-After": "2"}, ""),
        (200, {}, "5\n"),
    )
    assert pauses == [7000, 2000], pauses
    shows(context, one=5)


def pause_without_retry_after(context):
    """the script repeats a visit after 504, after 503 and after a lost connection"""
    close = {"Connection": "close"}  # a browser may itself repeat on a kept connection
    pauses = visit_with_responses(
        context, 4, (504, {}, ""), (503, close, ""), (0, {}, ""), (200, {}, "6\n")
    )
    assert pauses == [2000, 4000, 8000], pauses
    shows(context, one=6)


def limit_of_repetitions(context):
    """the script repeats a visit at most five times"""
    pauses = visit_with_responses(context, 6, (503, {"Retry-After": "1"}, ""))
    assert pauses == [1000] * 5, pauses
    shows(context, one="-")


def never_repeated(context):
    """the script repeats a visit after no other status, and waits for at most 60 s"""
    refused = (
        (500, "1"),
        (400, "1"),
        (422, "1"),
        (429, "1"),
        (403, "1"),
        (503, "0"),
        (503, "61"),
        (503, "Thu, 01 Jan 2026 00:00:00 GMT"),
        (504, "61"),
    )
    for number, (status, retry_after) in enumerate(refused):
        headers = {"Retry-After": retry_after}
        pauses = visit_with_responses(context, 1, (status, headers, "9\n"), first=not number)
        assert pauses == [], f"{status}, {retry_after}: {pauses}"
        shows(context, one="-")


def keys(context):
    """each view and each counter has a key of its own, and Tally counts a key once"""
    body = element("a", "a") + tag(context.tally.origin, "a") + tag(context.tally.origin, "b")
    url = context.site.add("/page.html", body)
    for number in 1, 2:
        context.browser.open(url)
        shows(context, a=number)
    eventually(lambda: context.tally.redis.visits("b") == 2, "both visits of b are counted")
    assert context.tally.redis.command("KEYS {visits}:.key:*") == "4"


CHECKS = [
    page_load,
    prerendered,
    back_and_forward,
    several_counters,
    repeated,
    pause_of_retry_after,
    pause_without_retry_after,
    limit_of_repetitions,
    never_repeated,
    keys,
]
