"""Authors and the digital strategy section at work in Wagtail's editor, under our browser rules."""

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer
from wagtail.models import Comment, CommentReply

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


def test_a_comment_is_written_answered_and_resolved(  # noqa: PLR0917 - fixtures
    browser: Browser,
    live_server: LiveServer,
    browser_page: Page,
    sign_in: SignIn,
    author: Person,
    lesson: LessonPage,
    errors: list[str],
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1400, "height": 900})
    sign_in(page, author)
    edit(page, lesson)
    page.locator("[data-comment-add]").first.click(force=True)
    page.get_by_placeholder("コメントを入力してください").fill("題名を短くしませんか")
    comments = page.locator("#comments")
    comments.get_by_role("button", name="コメント", exact=True).click()
    save(page)
    assert Comment.objects.get().text == "題名を短くしませんか"

    office = browser.new_context(
        base_url=live_server.url, locale="ja-JP", viewport={"width": 1400, "height": 900}
    ).new_page()
    sign_in(office, PersonFactory.create(name="森田　健", roles=[Role.DX_OFFICE]))
    edit(office, lesson)
    comments = office.locator("#comments")
    office.get_by_role("button", name="コメントを開閉").click()
    expect(comments.get_by_text("小林　彩")).to_be_visible()
    comments.get_by_text("題名を短くしませんか").click()
    office.get_by_placeholder("返信を入力してください").fill("短くします")
    comments.get_by_role("button", name="返信", exact=True).click()
    save(office)
    reply = CommentReply.objects.get()
    assert (reply.text, reply.user.name) == ("短くします", "森田　健")

    edit(page, lesson)
    page.get_by_role("button", name="コメントを開閉").click()
    comments = page.locator("#comments")
    expect(comments.get_by_text("短くします")).to_be_attached()
    # The column of comments moves for as long as its page is laid out: no waiting for it to rest.
    comments.locator(".comment-header__action--more summary").first.dispatch_event("click")
    comments.get_by_text("解決", exact=True).first.dispatch_event("click")
    save(page)
    resolved = Comment.objects.get()
    assert resolved.resolved_by == author
    assert errors == []
    office.context.close()


def save(page: Page) -> None:
    """Waits for the answer to the form, which is the editor again, or to the save in between."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="下書きを保存").click()
    page.wait_for_load_state("networkidle")
