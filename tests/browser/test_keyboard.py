"""With the keyboard alone: a learner up to the certificate, a head up to the file of a section.

What scripts change is listed in docs/interaction.md; where the focus goes then is tested here.
"""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses.models import Certificate
from lms.core.models import Job
from lms.people.enums import Role
from lms.people.models import Person, RosterImport
from tests.browser.conftest import SignIn
from tests.browser.keyboard import go_to
from tests.conftest import TODAY
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import (
    PASSWORD,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)
from tests.factories.quizzes import make_question, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in_by_keys(page: Page, person: Person) -> None:
    page.goto("/account/login/")
    go_to(page, page.get_by_label("職員番号"))
    page.keyboard.type(person.employee_number)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="マイページ")).to_be_visible()


def press(page: Page, name: str | re.Pattern[str], role: Any = "button") -> None:
    go_to(page, page.get_by_role("main").get_by_role(role, name=name).first)
    page.keyboard.press("Enter")


def test_a_learner_comes_to_the_certificate(browser_page: Page) -> None:
    page = browser_page
    course = make_course()
    make_lesson(course, "パスワード")
    wrong = [f"黙っている {number}" for number in range(12)]
    questions = [make_question(right=("知らせる",), wrong=wrong), make_question(right=("待つ",))]
    make_quiz(course, questions, pass_mark=80, shuffle_choices=False, shuffle_questions=False)
    person = PostingFactory.create(person=PersonFactory.create()).person
    EnrolmentFactory.create(person=person, offering=OfferingFactory.create(course=course))

    sign_in_by_keys(page, person)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ進む")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    press(page, re.compile("^始める"))
    press(page, re.compile("読みました|読み終え"))
    press(page, re.compile("始める"))

    for answer in ("知らせる", "待つ"):
        group = page.get_by_role("group").filter(has_text=answer)
        go_to(page, group.get_by_role("radio").first)
        for _ in range(14):
            if group.get_by_label(answer).is_checked():
                break
            page.keyboard.press("ArrowDown")
        expect(group.get_by_role("status")).to_contain_text("保存しました")
        expect(group.get_by_label(answer)).to_be_focused()
    go_to(page, page.get_by_role("main").get_by_role("button", name="確認へ進む"))
    # Backwards as well, nothing hides below the line that stays at the top.
    go_to(page, page.get_by_label("知らせる"), key="Shift+Tab")
    press(page, "確認へ進む")
    press(page, "提出する")
    expect(page.get_by_role("main")).to_contain_text("100")
    press(page, re.compile("修了証"), "link")
    expect(page.get_by_role("main")).to_contain_text(Certificate.objects.get().code)
    go_to(page, page.get_by_role("link", name=re.compile("PDF")))


def test_a_head_comes_to_the_file_of_the_section(browser_page: Page) -> None:
    page = browser_page
    section = make_unit("市民税課")
    chief = PositionFactory.create(name="課長", heads_unit=True)
    head = PostingFactory.create(person=PersonFactory.create(), unit=section, position=chief).person
    offering = OfferingFactory.create(course=make_course(), slug="mine")
    for _ in range(3):
        EnrolmentFactory.create(
            person=PostingFactory.create(unit=section).person, offering=offering
        )

    sign_in_by_keys(page, head)
    press(page, "受講の状況を見る", "link")
    press(page, "情報セキュリティ研修", "link")
    by = page.get_by_label("集計の単位")
    go_to(page, by)
    page.keyboard.press("End")
    press(page, "表示する")
    expect(page).to_have_url(re.compile("by=person"))
    expect(by).to_have_value("person")
    go_to(page, page.get_by_role("region", name="職員"))
    file = page.locator(".report-files a[href*='format=csv']").first
    go_to(page, file)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "市民税課" in download.value.path().read_bytes().decode("cp932")
    assert file.evaluate("one => one === document.activeElement")


def test_a_menu_gives_the_focus_back(browser_page: Page, sign_in: SignIn) -> None:
    page = browser_page
    sign_in(page, PersonFactory.create(name="髙﨑　𠮷子"))
    mine = page.locator(".menu--me summary")
    go_to(page, mine)
    page.keyboard.press("Enter")
    go_to(page, page.get_by_role("button", name="サインアウト"))
    page.keyboard.press("Escape")
    expect(mine).to_be_focused()
    expect(page.get_by_role("button", name="サインアウト")).to_be_hidden()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="サインアウト")).to_be_visible()
    go_to(page, page.get_by_role("button", name="English"))
    expect(page.get_by_role("button", name="サインアウト")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_roster_being_read_keeps_the_focus_and_ends_at_sign_in(
    browser_page: Page, sign_in: SignIn
) -> None:
    """Its progress is fetched every second; the link in it stays focused, and nothing is said."""
    page = browser_page
    hr = PersonFactory.create(roles=[Role.TRAINING_ADMIN])
    job = Job.objects.create(function="tests.nothing", created_at=timezone.now())
    row = RosterImport.objects.create(
        file_name="名簿.csv", stored_as="x.csv", as_of=TODAY, uploaded_at=timezone.now(), job=job
    )
    sign_in(page, hr)
    page.goto(reverse("people_roster", args=[row.pk]))
    progress = page.locator("#roster-progress")
    again = progress.get_by_role("link")
    again.focus()
    waiting = progress.inner_text()
    Job.objects.update(started_at=timezone.now())
    expect(progress).not_to_have_text(waiting)
    expect(again).to_be_focused()
    assert not again.evaluate("one => one.closest('[role=status], [aria-live], output')")

    page.context.clear_cookies()
    expect(page).to_have_url(re.compile(r"/account/login/\?next="))


def test_what_did_not_arrive_is_said_where_it_is_announced(
    browser_page: Page, sign_in: SignIn
) -> None:
    page = browser_page
    sign_in(page, PersonFactory.create())
    place = page.get_by_role("status").first
    assert place.inner_text() == ""
    summary = page.locator(".menu--me summary")
    summary.focus()
    page.evaluate("htmx.ajax('GET', '/nothing-here/', 'main').catch(() => 0)")
    expect(place).to_contain_text("送信できませんでした")
    expect(summary).to_be_focused()


def test_copying_is_announced_and_keeps_the_focus(browser_page: Page, sign_in: SignIn) -> None:
    page = browser_page
    person = PersonFactory.create()
    course = make_course()
    EnrolmentFactory.create(person=person, offering=OfferingFactory.create(course=course))
    lesson = make_lesson(course, body=[("code", {"title": "合計", "code": "=SUM(A1:A9)"})])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, person)
    page.goto(lesson.url)
    said = page.locator("figure").get_by_role("status")
    assert said.inner_text() == ""
    copy = page.get_by_role("button", name="コピー")
    go_to(page, copy)
    page.keyboard.press("Enter")
    expect(said).to_have_text("コピーしました。")
    expect(copy).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == "=SUM(A1:A9)"
