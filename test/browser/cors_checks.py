"""Requests and responses of scripts of other origins."""

from processes import eventually

# Returns status, body and Retry-After, or the text of the error.
FETCH = """
  const [url, options] = arguments
  return fetch(url, options)
    .then(async response =>
      [response.status, await response.text(), response.headers.get("Retry-After")])
    .catch(error => String(error))
"""


def fetch(context, path, **options):
    return context.browser.run(FETCH, context.tally.origin + path, options)


def expect(response, expected):
    assert response == expected, f"{response}, not {expected}"


def counts_with_header(context, name, value):
    context.browser.open(context.site.add("/page.html", ""))
    response = fetch(context, "/count", method="POST", headers={name: value}, body="{}")
    expect(response, [200, "1\n", None])
    expect(fetch(context, "/total", headers={name: value}), [200, "1\n", None])
    context.visits_are(1)  # a preflight does not count


def json_body(context):
    """a POST of application/json passes its preflight and counts one visit"""
    counts_with_header(context, "Content-Type", "application/json")


def requested_with(context):
    """a POST with X-Requested-With passes its preflight and counts one visit"""
    counts_with_header(context, "X-Requested-With", "XMLHttpRequest")


def retry_after(context):
    """a script reads the Retry-After of a 503"""
    context.browser.open(context.site.add("/page.html", ""))
    context.tally.redis.end()

    def refused():
        response = fetch(context, "/count", method="POST")
        return isinstance(response, list) and response[0] == 503 and response

    response = eventually(refused, "Tally responds with 503 without its Redis")
    expect(response, [503, "not counted: try again shortly\n", "1"])


CHECKS = [json_body, requested_with, retry_after]
