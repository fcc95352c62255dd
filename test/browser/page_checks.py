"""The pages that Tally serves to browsers."""

import contextlib

from accessibility_checks import ENTER, open_page
from script_checks import post, shows

SNIPPETS = "return [...document.querySelectorAll('.snippet code')].map(code => code.textContent)"


def number_rises(context):
    """the number on the page rises with each visit, and the page counts none"""
    for number in 0, 1, 2:
        open_page(context)
        shows(context, total=number)
        context.visits_are(number)
        post(context.tally.origin, "/count")
    shows(context, total=2)
    context.browser.run("document.dispatchEvent(new Event('visibilitychange'))")
    shows(context, total=3)


def page_of_a_counter(context):
    """/count and /total show a small page with the number, and only /count counts"""
    for path, number in {"/count": 1, "/count/visits": 2, "/total": 2}.items():
        open_page(context, path)
        shows(context, title="visits", total=number)
    open_page(context, "/count/blog/post-1")
    shows(context, title="blog/post-1", total=1)
    context.visits_are(1, "blog/post-1")
    context.browser.click(".note a")
    context.browser.eventually("return document.getElementById('counter')?.value === 'blog/post-1'")


def snippets(origin, name):
    return [
        '<p>Visits: <span data-tally>?</span></p>\n<script defer src="'
        + (f'{origin}/tally.js" data-counter="{name}"' if name else f'{origin}/tally.js"')
        + "></script>",
        f"![visits]({origin}/badge{'/' + name if name else ''}.svg)",
        f"curl -X POST -H 'Accept: application/json' {origin}/count{'/' + name if name else ''}",
    ]


def fills_in_the_name(context):
    """the form fills valid names into the snippets, and refuses others"""
    open_page(context)
    for name, valid in (
        ("", ""),
        ("blog/post-1", "blog/post-1"),
        ("blog/.post", "blog/post-1"),
        ("a/b..~_-", "a/b..~_-"),
        ("a//b", "a/b..~_-"),
        ("/a", "a/b..~_-"),
        ('"><script>', "a/b..~_-"),
        ("é", "a/b..~_-"),
        ("x" * 128, "x" * 128),
        ("x" * 129, "x" * 128),
    ):
        shown = context.browser.run(
            "const field = document.getElementById('counter');"
            "field.value = arguments[0]; field.dispatchEvent(new Event('input'));" + SNIPPETS,
            name,
        )
        assert shown == snippets(context.tally.origin, valid), f"{name}: {shown}"
        problem = context.browser.run("return document.getElementById('problem').textContent")
        assert bool(problem) == (name != valid), f"{name}: {problem}"


def copies(context):
    """the buttons copy the snippets, with and without navigator.clipboard"""
    permission = {"name": "clipboard-read"}
    context.browser.devtools("Browser.setPermission", permission=permission, setting="granted")
    open_page(context)
    context.browser.click("#counter")
    context.browser.press(*"blog/post-1")
    expected = snippets(context.tally.origin, "blog/post-1")
    for hide in "", "Object.defineProperty(navigator, 'clipboard', { value: undefined })":
        context.browser.run("window.clipboard ??= navigator.clipboard;" + hide)
        for number, snippet in enumerate(expected):
            context.browser.run(
                "document.getElementById('status').textContent = '';"
                "document.querySelectorAll('.snippet button')[arguments[0]].focus();"
                "return clipboard.writeText('')",
                number,
            )
            context.browser.press(ENTER)
            context.browser.eventually(
                "return document.getElementById('status').textContent === 'Copied'"
            )
            copied = context.browser.run("return clipboard.readText()")
            assert copied == snippet, f"{copied}, not {snippet}"


@contextlib.contextmanager
def without_scripts(browser):
    browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        yield
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", value=False)


def works_without_scripts(context):
    """without JavaScript the page shows the number, and snippets with an example host"""
    post(context.tally.origin, "/count")
    with without_scripts(context.browser):
        open_page(context)
        shows(context, total=1)
        shown = context.browser.run(SNIPPETS)
        assert shown == snippets("https://tally.example", ""), shown
        visible = "[...document.querySelectorAll('form, button')].filter(e => e.checkVisibility())"
        assert context.browser.run(f"return {visible}.length") == 0


OBSERVE = """
  window.violations = []
  document.addEventListener("securitypolicyviolation", event => {
    violations.push(`${event.violatedDirective} ${event.blockedURI}`)
  })
"""


def policy(context):
    """the pages violate nothing of their policy, which blocks inline scripts and other origins"""
    observer = context.browser.devtools("Page.addScriptToEvaluateOnNewDocument", source=OBSERVE)
    try:
        for path in "/", "/count", "/total/blog/post-1", "/nothing":
            context.browser.console()
            open_page(context, path)
            if path == "/":
                context.browser.run("document.querySelector('.snippet button').click()")
                context.browser.run("document.dispatchEvent(new Event('visibilitychange'))")
                context.browser.eventually("return document.images[0].naturalWidth > 0")
            assert context.browser.run("return violations") == [], path
            # The browser reports the status of /nothing, and that there is no /favicon.ico.
            errors = [line for line in context.browser.console() if "404 (Not Found)" not in line]
            assert errors == [], errors
            context.browser.run(
                "const script = document.createElement('script'); script.textContent = 'title = 1';"
                "const image = new Image(); image.src = arguments[0];"
                "document.body.append(script, image)",
                context.site.origin + "/image.svg",
            )
            context.browser.eventually(
                "return violations.join() === "
                f"'script-src-elem inline,img-src {context.site.origin}/image.svg'"
            )
    finally:
        context.browser.devtools("Page.removeScriptToEvaluateOnNewDocument", **observer)


CHECKS = [
    number_rises,
    page_of_a_counter,
    fills_in_the_name,
    copies,
    works_without_scripts,
    policy,
]
