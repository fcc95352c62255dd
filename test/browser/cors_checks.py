"""What scripts of other origins may send and read."""

from processes import eventually

# Returns status, body and Retry-After, or the error's text.
ASK = """
  const [url, options] = arguments
  return fetch(url, options)
    .then(async answer => [answer.status, await answer.text(), answer.headers.get("Retry-After")])
    .catch(error => String(error))
"""


def ask(context, path, **options):
    return context.browser.run(ASK, context.tally.origin + path, options)


def expect(answer, expected):
    assert answer == expected, f"{answer}, not {expected}"


def counts_with_header(context, name, value):
    context.browser.open(context.site.add("/page.html", ""))
    answer = ask(context, "/count", method="POST", headers={name: value}, body="{}")
    expect(answer, [200, "1\n", None])
    expect(ask(context, "/total", headers={name: value}), [200, "1\n", None])
    context.visits_are(1)  # and none for the preflights


def json_body(context):
    """a POST of application/json passes its preflight and counts one visit"""
    counts_with_header(context, "Content-Type", "application/json")


def requested_with(context):
    """so does one with X-Requested-With"""
    counts_with_header(context, "X-Requested-With", "XMLHttpRequest")


def retry_after(context):
    """a script reads the Retry-After of a 503"""
    context.browser.open(context.site.add("/page.html", ""))
    context.tally.redis.end()

    def refused():
        answer = ask(context, "/count", method="POST")
        return isinstance(answer, list) and answer[0] == 503 and answer

    answer = eventually(refused, "Tally answers 503 without its Redis")
    expect(answer, [503, "not counted: try again shortly\n", "1"])


CHECKS = [json_body, requested_with, retry_after]
