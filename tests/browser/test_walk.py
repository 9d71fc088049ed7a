"""An employee's way through a course in a browser, with axe looking at every page of it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from courses.models import Certificate
from tests.browser.conftest import SignIn
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory, PostingFactory
from tests.factories.quizzes import make_question, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def accept(page: Page) -> None:
    """The page is the right one for everybody: no finding of axe, nothing wider than the screen."""
    findings = Axe().run(page).response["violations"]
    assert not [(finding["id"], finding["nodes"][0]["target"]) for finding in findings], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


@pytest.mark.parametrize("width", [320, 1280])
def test_from_my_page_to_the_certificate(browser_page: Page, sign_in: SignIn, width: int) -> None:
    course = make_course()
    make_lesson(course, "パスワード")
    make_quiz(course, [make_question(right=("知らせる",), wrong=("黙っている",))], pass_mark=80)
    person = PersonFactory(name="髙﨑　𠮷子")
    PostingFactory(person=person)
    EnrolmentFactory(person=person, offering=OfferingFactory(course=course))
    page = browser_page
    page.set_viewport_size({"width": width, "height": 800})

    page.goto("/account/login/")
    accept(page)
    sign_in(page, person)
    accept(page)
    page.get_by_role("link", name="情報セキュリティ研修").first.click()
    accept(page)
    page.locator('form[action*="/start/"] button').click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("パスワード")
    accept(page)
    page.locator('form[action*="/complete/"] button').click()
    page.locator('form[action*="/quizzes/"] button').click()
    accept(page)
    page.get_by_label("知らせる").check()
    expect(page.locator("[data-state]").first).to_contain_text("保存しました")
    page.locator('button[name="go"][value="review"]').click()
    accept(page)
    page.locator('form[action*="/submit/"] button').click()
    expect(page.locator("main")).to_contain_text("100")
    accept(page)
    page.goto("/certificates/")
    accept(page)
    certificate = Certificate.objects.get()
    page.goto(f"/certificates/{certificate.code}/")
    expect(page.locator("main")).to_contain_text("髙﨑　𠮷子")
    accept(page)
    page.goto("/")
    expect(page.locator("main")).to_contain_text("修了")
    accept(page)
