"""Badges as images on pages of another origin."""

NATURAL_WIDTHS = "return [...document.images].map(image => image.complete && image.naturalWidth)"


def open_badges(context, *paths):
    """Opens a page with these badges, and returns their widths in pixels."""
    images = "".join(f'<img src="{context.tally.origin}{path}">\n' for path in paths)
    context.browser.open(context.site.add("/page.html", images))
    context.browser.eventually("return [...document.images].every(image => image.complete)")
    return context.browser.run(NATURAL_WIDTHS)


def counts(context):
    """a badge counts one visit for each page load, and Chromium renders it"""
    for number in 1, 2:
        (width,) = open_badges(context, "/badge.svg")
        assert width > 0, "Chromium does not render the badge"
        context.visits_are(number)


def named(context):
    """badges of several counters count on their own counters"""
    widths = open_badges(context, "/badge/blog/post-1.svg", "/badge/home.svg?style=for-the-badge")
    assert all(widths), widths
    context.visits_are(1, "blog/post-1")
    context.visits_are(1, "home")
    context.visits_are(0)


def only_draws(context):
    """a badge with count=no is rendered and counts nothing"""
    (width,) = open_badges(context, "/badge.svg?count=no")
    assert width > 0, "Chromium does not render the badge"
    context.visits_are(0)


def wider_text(context):
    """a badge is as wide as its text"""
    short, long = open_badges(context, "/badge/a.svg", "/badge/a.svg?label=visits+of+this+page")
    assert 0 < short < long, f"{short}, {long}"


CHECKS = [counts, named, only_draws, wider_text]
