"""Every flow of the learner and of the head works without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import Certificate
from tests.browser.conftest import SignIn
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory, PositionFactory, PostingFactory, make_unit
from tests.factories.quizzes import make_question, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(
        base_url=live_server.url, locale="ja-JP", java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def test_a_course_from_the_start_to_the_certificate(page: Page, sign_in: SignIn) -> None:
    course = make_course()
    lesson = make_lesson(course, "パスワード")
    make_quiz(course, [make_question(right=("知らせる",), wrong=("黙っている",))], pass_mark=80)
    person = PostingFactory(person=PersonFactory(name="髙﨑　𠮷子")).person
    EnrolmentFactory(person=person, offering=OfferingFactory(course=course))

    sign_in(page, person)
    page.get_by_role("button", name="始める").first.click()
    expect(page).to_have_url(re.compile(f"{lesson.url}$"))
    page.locator('form[action*="/complete/"] button').click()
    page.locator('form[action*="/quizzes/"] button').click()
    page.get_by_label("黙っている").check()
    page.get_by_role("button", name="保存").first.click()
    expect(page.get_by_text("答えを保存しました。")).to_be_visible()
    expect(page.get_by_label("黙っている")).to_be_checked()
    page.get_by_label("知らせる").check()
    page.locator('button[name="go"][value="review"]').click()
    page.locator('form[action*="/submit/"] button').click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("結果")
    page.goto("/certificates/")
    certificate = Certificate.objects.get()
    expect(page.get_by_role("link", name="情報セキュリティ研修", exact=True)).to_be_visible()
    answer = page.request.get(f"/certificates/{certificate.code}/pdf/")
    assert answer.body().startswith(b"%PDF")


def test_search_language_text_size_and_sign_out(page: Page, sign_in: SignIn) -> None:
    course = make_course()
    person = PostingFactory(person=PersonFactory()).person
    EnrolmentFactory(person=person, offering=OfferingFactory(course=course))
    sign_in(page, person)
    page.locator("[name=q]").first.fill("セキュリティ")
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("main").get_by_role("link", name="情報セキュリティ研修")
    ).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="日本語").click()
    page.goto("/account/")
    page.get_by_role("button", name="特大").click()
    expect(page.locator("html")).to_have_attribute("data-text-size", "largest")
    page.locator(".menu--me summary").click()
    page.get_by_role("button", name="サインアウト").click()
    expect(page.get_by_text("サインアウトしました。")).to_be_visible()


def test_a_head_sees_who_is_not_done_and_takes_the_list_out(page: Page, sign_in: SignIn) -> None:
    section = make_unit("市民税課")
    chief = PositionFactory(name="課長", heads_unit=True)
    head = PostingFactory(person=PersonFactory(), unit=section, position=chief).person
    late = PostingFactory(person=PersonFactory(name="勘解由小路　𠮷右衛門"), unit=section).person
    offering = OfferingFactory(course=make_course())
    EnrolmentFactory(person=late, offering=offering)
    sign_in(page, head)
    page.goto(f"/reports/completion/?offering={offering.slug}")
    expect(page.get_by_text("勘解由小路　𠮷右衛門")).to_be_visible()
    page.locator("main input[type=date]").first.fill("2026-11-01")
    page.locator("main form button[type=submit]").first.click()
    expect(page).to_have_url(re.compile("2026-11-01"))
    file = page.request.get(f"/reports/completion/?offering={offering.slug}&by=person&format=csv")
    assert "市民税課" in file.body().decode("cp932")
