"""Authors and the digital strategy section at work in Wagtail's editor, under our browser rules."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from courses.models import LessonPage
from lms.people.enums import Role
from lms.people.models import Person
from tests.browser.conftest import SignIn
from tests.factories.courses import make_course, make_lesson
from tests.factories.people import PersonFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TABLE = {
    "data": [["しるし", "見るところ"], ["差出人", "＠より後ろ"]],
    "table_header_choice": "row",
    "first_row_is_table_header": True,
    "first_col_is_header": False,
    "table_caption": "しるし",
}


@pytest.fixture
def lesson() -> LessonPage:
    return make_lesson(make_course(), body=[("table", TABLE)])


@pytest.fixture
def author() -> Person:
    return PersonFactory.create(name="小林　彩", roles=[Role.AUTHOR])


@pytest.fixture
def errors(browser_page: Page) -> list[str]:
    """What the browser's console complained of."""
    found: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    browser_page.on("console", listen)
    return found


def edit(page: Page, lesson: LessonPage) -> None:
    page.goto(f"/cms/pages/{lesson.pk}/edit/")


def test_the_menu_of_a_table_is_japanese(
    browser_page: Page, sign_in: SignIn, author: Person, lesson: LessonPage, errors: list[str]
) -> None:
    sign_in(browser_page, author)
    edit(browser_page, lesson)
    browser_page.locator(".handsontable td").filter(has_text="差出人").first.click(button="right")
    expect(browser_page.get_by_text("上に行を挿入")).to_be_visible()
    assert errors == []
