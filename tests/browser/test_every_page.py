"""Every page of the access table, for every role that may open it: nothing for axe to find.

The pages are those of tests.test_access, so one that is added there is looked at here as well. Ours
are looked at by each role, at the width of a phone, and by one at that of a desk as well; those of
the admin by one role.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.in_process import HOST, answer_from
from tests.test_access import ROLES, ROWS, Row, Scene, built, scene

__all__ = ["built", "scene"]  # fixtures

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 320, "height": 800}
DESK: ViewportSize = {"width": 1280, "height": 800}
# Asked for like this, Wagtail's previews say that nothing was sent to preview.
OPENED = [row for row in ROWS if "+" in row.on_get and "preview_on_" not in row.name]
# What Wagtail's own markup of the admin gets wrong, by axe's rule: the field of its rich text
# editor has no name, a snippet's editor has its title in the breadcrumb alone, and the tabs of the
# editor of accounts stand in a box that is no tab list.
OF_WAGTAIL = {"aria-input-field-name", "page-has-heading-one", "aria-required-parent"}
# The list of workflows draws their tasks as a list without list items.
OF_WAGTAIL_ON = {"wagtailadmin_workflows:index": {"heading-order", "list", "listitem"}}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP", viewport=DESK)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def findings(page: Page) -> list[str]:
    return [
        f"{found['id']}: {node['target']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


def wrong_with(page: Page, sizes: list[ViewportSize]) -> list[str]:
    """What somebody would stumble over at these widths."""
    wrong = []
    for size in sizes:
        page.set_viewport_size(size)
        wrong += [f"{size['width']} px, {finding}" for finding in findings(page)]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{size['width']} px, wider than the screen")
    if page.locator("h1").count() != 1:
        wrong.append("not exactly one h1")
    return wrong


@pytest.mark.parametrize("row", OPENED, ids=str)
def test_every_page(scene: Scene, page: Page, row: Row) -> None:
    address = scene.address(row)
    in_admin = address.startswith("/cms/")
    roles = [role for role, sign in zip(ROLES, row.on_get, strict=True) if sign == "+"]
    wrong = {}
    for role in roles[:1] if in_admin else roles:
        client = scene.client(role)
        answer = client.get(address)
        content = b"".join(answer) if answer.streaming else answer.content
        if b"<html" not in content:
            pytest.skip("no page of its own: a file, a fragment or a word to a machine")
        answer_from(page, client)
        page.goto(f"{HOST}{address}")
        if in_admin:
            known = OF_WAGTAIL | OF_WAGTAIL_ON.get(row.name, set())
            found = [one for one in findings(page) if one.split(":")[0] not in known]
        else:
            found = wrong_with(page, [PHONE, DESK] if role == roles[0] else [PHONE])
        if found:
            wrong[ROLES[role]] = found
    assert not wrong
