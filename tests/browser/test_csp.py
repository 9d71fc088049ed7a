"""Every page works under its Content-Security-Policy: the browser has nothing to complain about."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Certificate, CoursePage, Offering
from lms.people.enums import Role
from lms.people.models import Person, Unit
from quizzes.models import QuizPage
from tests.browser.conftest import SignIn
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import PersonFactory, PositionFactory, PostingFactory, make_unit
from tests.factories.quizzes import make_question, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELL = """addEventListener("securitypolicyviolation", (event) =>
  console.error("refused:", event.effectiveDirective, event.blockedURI, event.sourceFile))"""
# Handsontable, inside Wagtail's table block, has no Japanese menu, and says so as an error.
NOT_OURS = 'Language with code "ja" was not found.'
BODY = [
    ("heading", "合言葉"),
    ("text", "<p>長く、使い回さない。</p>"),
    ("callout", {"kind": "example", "title": "例", "text": "<p>雨の日の傘は青い</p>"}),
    (
        "table",
        {"data": [["良い", "悪い"], ["長い", "短い"]], "first_row_is_table_header": True},
    ),
    ("accordion", {"items": [{"title": "なぜ", "text": "<p>破られるから</p>"}]}),
]


@pytest.fixture
def page(browser_page: Page, live_server: LiveServer) -> Iterator[Page]:
    """A page whose every complaint, and every request to another host, fails the test."""
    complaints: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            complaints.append(f"asked another host: {request.url}")

    browser_page.add_init_script(TELL)
    browser_page.on("request", on_request)
    browser_page.on(
        "console",
        lambda said: (
            said.type == "error"
            and not said.text.startswith(NOT_OURS)
            and complaints.append(f"{browser_page.url}: {said.text}")
        ),
    )
    browser_page.on("pageerror", lambda error: complaints.append(f"{browser_page.url}: {error}"))
    yield browser_page
    assert not complaints


def visit(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer
    assert answer.status == 200, path
    assert "script-src 'self';" in answer.headers["content-security-policy"], path
    page.wait_for_load_state("networkidle")


@pytest.fixture
def section() -> Unit:
    return make_unit("市民税課")


@pytest.fixture
def course() -> CoursePage:
    course = make_course()
    make_lesson(course, "パスワード", body=BODY)
    make_quiz(course, [make_question(right=("知らせる",), wrong=("黙っている",))], slug="quiz")
    return course


@pytest.fixture
def employee(course: CoursePage, section: Unit) -> Person:
    person = PersonFactory.create(name="髙﨑　𠮷子")
    PostingFactory.create(person=person, unit=section)
    offering = OfferingFactory.create(course=course, slug="security-2026")
    EnrolmentFactory.create(person=person, offering=offering)
    return person


def test_learning(page: Page, sign_in: SignIn, employee: Person) -> None:
    visit(page, "/account/login/")
    sign_in(page, employee)
    for path in ("/", "/courses/", "/search/?q=パスワード", "/account/", "/account/password/"):
        visit(page, path)
    visit(page, "/courses/security/")
    page.locator('form[action*="/start/"] button').click()
    page.locator('form[action*="/complete/"] button').click()
    page.locator('form[action*="/quizzes/"] button').click()
    page.get_by_label("知らせる").check()
    expect(page.locator("[data-state]").first).to_contain_text("保存しました")
    page.locator('button[name="go"][value="review"]').click()
    page.locator('form[action*="/submit/"] button').click()
    expect(page.locator("main")).to_contain_text("100")
    code = Certificate.objects.get().code
    for path in ("/courses/security/lesson-1/", "/certificates/", f"/certificates/{code}/"):
        visit(page, path)
    visit(page, "/certificates/verify/")


def test_reports_of_a_head(page: Page, sign_in: SignIn, employee: Person, section: Unit) -> None:
    chief = PositionFactory.create(name="課長", heads_unit=True)
    sign_in(page, PostingFactory.create(unit=section, position=chief).person)
    for path in ("/", "/reports/", "/reports/completion/"):
        visit(page, path)
    visit(page, "/reports/completion/?offering=security-2026&by=person")
    expect(page.locator("main")).to_contain_text("髙﨑　𠮷子")


def test_hr_in_the_admin(page: Page, sign_in: SignIn, employee: Person) -> None:
    sign_in(page, PersonFactory.create(roles=[Role.TRAINING_ADMIN]))
    offering = Offering.objects.get()
    for path in (
        "/cms/",
        "/cms/offering/",
        f"/cms/offering/edit/{offering.pk}/",
        f"/cms/offerings/{offering.pk}/enrolments/",
        "/cms/certificate/",
        "/cms/people/rosters/",
        "/cms/people/passwords/",
        "/cms/people/person/",
        f"/cms/people/person/inspect/{employee.pk}/",
        "/cms/people/unit/",
        "/components/",
    ):
        visit(page, path)
    visit(page, f"/cms/audience/edit/{AudienceFactory.create().pk}/")
    page.locator('button[name="preview"]').first.click()
    expect(page.locator("main")).to_contain_text("髙﨑　𠮷子")


def test_a_lesson_in_the_editor(page: Page, sign_in: SignIn, course: CoursePage) -> None:
    """Blocks, a chooser, comments and the preview: all that Wagtail starts by script."""
    sign_in(page, PersonFactory.create(roles=[Role.AUTHOR]))
    for path in ("/cms/", f"/cms/pages/{course.pk}/", "/cms/images/", "/cms/documents/"):
        visit(page, path)
    lesson = course.get_children()[0]
    visit(page, f"/cms/pages/{lesson.pk}/edit/")
    expect(page.locator(".public-DraftEditor-content").first).to_contain_text("使い回さない")
    page.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name="画像").first.click()
    page.get_by_role("button", name=re.compile("画像を選択")).last.click()
    expect(page.locator(".modal-body")).to_be_visible()
    page.keyboard.press("Escape")
    visit(page, f"/cms/pages/{lesson.pk}/edit/")
    page.locator("[data-side-panel-toggle=comments]").click()
    page.locator("[data-side-panel-toggle=preview]").click()
    preview = page.frame_locator("iframe#w-preview-iframe, [data-side-panel=preview] iframe").first
    expect(preview.get_by_role("heading", level=1)).to_contain_text("パスワード")


def test_a_quiz_and_a_question_in_the_editor(
    page: Page, sign_in: SignIn, course: CoursePage
) -> None:
    question = make_question("鍵を落としました。")
    sign_in(page, PersonFactory.create(roles=[Role.AUTHOR]))
    visit(page, f"/cms/pages/{QuizPage.objects.get().pk}/edit/")
    page.locator("button[id$=fixed_questions-ADD]").click()
    added = page.locator("#inline_child_fixed_questions-1")
    added.locator(".unchosen button").click()
    page.locator(".modal-body").get_by_role("link", name="鍵を落としました").click()
    expect(added).to_contain_text("鍵を落としました")
    visit(page, "/cms/snippets/quizzes/question/")
    visit(page, f"/cms/snippets/quizzes/question/edit/{question.pk}/")
    page.locator("button[id$=choices-ADD]").click()
    expect(page.locator("#inline_child_choices-3")).to_be_visible()


def test_a_date_is_picked_in_the_admin(page: Page, sign_in: SignIn, course: CoursePage) -> None:
    sign_in(page, PersonFactory.create(roles=[Role.AUTHOR]))
    visit(page, f"/cms/pages/{course.get_children()[0].pk}/edit/")
    page.locator("[data-side-panel-toggle=status]").click()
    page.locator("[data-a11y-dialog-show=schedule-publishing-dialog]").first.click()
    page.locator("#id_go_live_at").click()
    page.locator(".xdsoft_datetimepicker:visible td.xdsoft_date").nth(10).click()
    expect(page.locator("#id_go_live_at")).not_to_have_value("")
