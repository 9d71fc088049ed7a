"""The learner's and the head's pages as people set their browsers, and on paper.

Wider spacing of the text (WCAG 1.4.12), the system's few colours, no motion, print.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.in_process import HOST, answer_from
from tests.browser.keyboard import stops
from tests.browser.long_office import LongOffice, office, office_built
from tests.browser.test_tab_order import PAGES, path_of
from tests.test_access import Scene, built, scene

__all__ = ["built", "office", "office_built", "scene"]  # fixtures

pytestmark = pytest.mark.browser

EACH = [(role, where) for role, pages in PAGES.items() for where in pages]
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""
CLIPPED = """() => [...document.querySelectorAll("body *")]
  .filter(one => one.checkVisibility() && !one.closest(".visually-hidden, progress, select"))
  .filter(one => one.matches(".button, .tag, summary, label")
    || /hidden|clip/.test(getComputedStyle(one).overflow))
  .filter(one => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
  .filter(one => getComputedStyle(one).display !== "inline")
  .map(one => one.outerHTML.slice(0, 120))"""
MOVING = """() => [...document.querySelectorAll("*")].filter(one => {
  const style = getComputedStyle(one);
  return /[1-9]/.test(style.transitionDuration) || /[1-9]/.test(style.animationDuration);
}).length"""
A4 = 718  # its width in CSS pixels, between margins of a centimetre


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    # Somebody's own style sheet is not held back by our Content-Security-Policy.
    context = browser.new_context(
        locale="ja-JP", bypass_csp=True, viewport={"width": 320, "height": 800}
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.mark.parametrize(("role", "where"), EACH)
def test_no_motion_paper_and_wide_spacing(scene: Scene, page: Page, role: str, where: str) -> None:
    answer_from(page, scene.client(role))
    page.goto(f"{HOST}{path_of(scene, where)}")
    assert page.evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0

    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    shell = page.locator("header, footer, .side, .menu, .breadcrumb, .skip-link")
    assert not [one for one in shell.all() if one.is_visible()]
    assert page.get_by_role("heading", level=1).is_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")

    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 320, "height": 800})
    page.add_style_tag(content=SPACING)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not page.evaluate(CLIPPED)


@pytest.mark.parametrize("where", ["/", "/courses/security/", "attempt"])
def test_in_the_colours_of_the_system(scene: Scene, page: Page, where: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(forced_colors="active")
    answer_from(page, scene.client("e"))
    page.goto(f"{HOST}{path_of(scene, where)}")
    assert not [one for one in stops(page) if one["faults"]]
    colour = "one => getComputedStyle(one).borderLeftColor"
    others = page.locator(".side a:not([aria-current])")
    for here in page.locator(".side a[aria-current]").all():
        assert here.evaluate(colour) != others.first.evaluate(colour)
    for tag in page.locator(".tag").all():
        assert tag.evaluate("one => getComputedStyle(one).borderTopStyle") == "solid"
    if where == "attempt":
        choice = page.locator(".choice").first
        choice.click()
        assert choice.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


@pytest.mark.parametrize("more", ["", "&by=person", "&by=position"])
def test_on_paper_no_column_of_a_report_is_cut(page: Page, office: LongOffice, more: str) -> None:
    page.set_viewport_size({"width": A4, "height": 1000})
    page.emulate_media(media="print")
    answer_from(page, office.client(office.head))
    page.goto(f"{HOST}{office.addresses['report']}{more}")
    tables = page.locator("table")
    assert tables.count() >= 1
    for table in tables.all():
        assert table.evaluate("one => one.getBoundingClientRect().right") <= A4
    # A sum below each page would look like the sum of that page.
    for total in page.locator("tfoot").all():
        assert total.evaluate("one => getComputedStyle(one).display") == "table-row-group"
