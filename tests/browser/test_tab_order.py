"""Every page of the learner and of the head, by keyboard and by screen reader.

Each stop of Tab shows, none is a trap, and they follow the eye; landmarks, headings, fields and
places for messages have their names in the browser's accessibility tree.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page

from tests.browser.in_process import HOST, answer_from
from tests.browser.keyboard import stop, stops
from tests.test_access import Scene, built, scene

__all__ = ["built", "scene"]  # fixtures

pytestmark = pytest.mark.browser

PAGES = {
    "e": (
        "/",
        "/courses/",
        "/courses/security/",
        "/courses/security/lesson-1/",
        "/courses/security/quiz-2/",
        "attempt",
        "attempt_review",
        "/certificates/",
        "certificate",
        "/account/",
        "/account/password/",
        "/account/record/",
        "/notices/",
        "notice",
        "/search/?q=情報",
    ),
    "h": ("/", "/reports/", "/reports/completion/", "/reports/completion/?offering=mine"),
    "a": ("/account/login/", "/certificates/verify/"),
}
THINGS = {"attempt_review": "attempt", "certificate": "code"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def path_of(scene: Scene, where: str) -> str:
    if where.startswith("/"):
        return where
    return reverse(where, args=scene.things[THINGS.get(where, where)])


def follow_the_eye(page: Page) -> None:
    found = stops(page)
    assert found[0]["name"] == "本文へ進む"
    assert not [one for one in found if one["faults"]]
    above = [
        (one["name"], other["name"])
        for one, other in pairwise(found[1:])
        # The header is short: on a phone the name stands above the search, which comes before it.
        if one["region"] == other["region"] != "site-header"
        and (
            other["bottom"] <= one["top"]
            or (other["top"] == one["top"] and other["left"] < one["left"])
        )
    ]
    assert not above
    page.keyboard.press("Shift+Tab")
    assert stop(page)


@pytest.mark.parametrize(
    ("role", "where"), [(role, where) for role, pages in PAGES.items() for where in pages]
)
def test_keyboard_and_screen_reader(scene: Scene, page: Page, role: str, where: str) -> None:
    answer_from(page, scene.client(role))
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{HOST}{path_of(scene, where)}")
        follow_the_eye(page)
    is_told(page)


NODE = re.compile(r'^ *- (?:\'|")?([a-z]+)(?: "((?:[^"\\\\]|\\\\.)*)")?(.*)$')


def is_told(page: Page) -> None:
    """What a screen reader says of the page."""
    nodes = [
        (found[1], found[2] or "", found[3])
        for line in page.locator("body").aria_snapshot().splitlines()
        if (found := NODE.match(line))
    ]
    kinds = [kind for kind, _name, _rest in nodes]
    for landmark in ("banner", "main", "contentinfo"):
        assert kinds.count(landmark) == 1, landmark
    names = [name for kind, name, _rest in nodes if kind == "navigation"]
    assert len(set(names)) == len(names)
    levels = [
        int(re.findall(r"level=(\d)", rest)[0]) for kind, _n, rest in nodes if kind == "heading"
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    # Messages come into a region that was there before them.
    assert page.locator("#messages[role=status]").count() == 1
    unnamed = page.locator("body").evaluate(UNNAMED)
    assert not unnamed


# What the browser gives no name: a control or a region that would be read out as its role alone.
UNNAMED = """body => [...body.querySelectorAll(
    "nav, aside, [role=region], [role=search] input, input:not([type=hidden]), select, textarea,"
    + "button, a[href], progress:not([aria-hidden]), fieldset, summary, dialog[open]")]
  .filter(one => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
  .filter(one => {
    const by = (one.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
      .map(id => document.getElementById(id)?.textContent ?? "").join("");
    const own = /^(BUTTON|A|SUMMARY)$/.test(one.tagName) ? one.textContent : "";
    const legend = one.querySelector?.(":scope > legend")?.textContent ?? "";
    const labels = [...(one.labels ?? [])].map(label => label.textContent).join("");
    return !(by + (one.getAttribute("aria-label") || "") + own + legend + labels).trim();
  }).map(one => one.outerHTML.slice(0, 120))"""
