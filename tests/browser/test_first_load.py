"""What a browser with nothing kept loads for a page, without pictures: little, and only from here.

Files are not compressed here, so what the embedded product sends is less than this.
"""

import pytest
from playwright.sync_api import Browser, Request
from pytest_django.live_server_helper import LiveServer

from lms.people.enums import Role
from lms.people.models import Person
from tests.browser.conftest import SignIn
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory, PostingFactory
from tests.factories.quizzes import make_question, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST = 150 * 1024
PICTURES = ("image", "media")


@pytest.fixture
def person() -> Person:
    course = make_course()
    make_lesson(course, "パスワード")
    make_quiz(course, [make_question(right=("知らせる",), wrong=("黙っている",))])
    person: Person = PersonFactory.create(roles=[Role.TRAINING_ADMIN])
    PostingFactory.create(person=person)
    offering = OfferingFactory.create(course=course, slug="security-2026")
    EnrolmentFactory.create(person=person, offering=offering)
    return person


def test_a_first_load_is_small_and_asks_no_other_host(
    browser: Browser, live_server: LiveServer, sign_in: SignIn, person: Person
) -> None:
    context = browser.new_context(base_url=live_server.url, locale="ja-JP")
    page = context.new_page()
    page.goto("/account/login/")
    addresses = [page.url]
    sign_in(page, person)
    addresses += [page.url, f"{live_server.url}/courses/security/"]
    page.goto(addresses[-1])
    page.locator('form[action*="/start/"] button').click()
    addresses.append(page.url)
    page.locator('form[action*="/complete/"] button').click()
    page.locator('form[action*="/quizzes/"] button').click()
    page.get_by_label("知らせる").wait_for()
    addresses += [page.url, f"{live_server.url}/reports/completion/?offering=security-2026"]
    cookies = context.cookies()
    context.close()
    assert len(set(addresses)) == 6
    for address in addresses:
        fresh = browser.new_context(locale="ja-JP")
        if address != addresses[0]:
            fresh.add_cookies(cookies)
        page = fresh.new_page()
        asked: list[Request] = []
        page.on("requestfinished", lambda request, found=asked: found.append(request))
        elsewhere: list[str] = []
        page.on(
            "request",
            lambda request, found=elsewhere: (
                request.url.startswith((live_server.url, "data:")) or found.append(request.url)
            ),
        )
        page.goto(address, wait_until="networkidle")
        assert page.url == address
        sizes = [one.sizes() for one in asked if one.resource_type not in PICTURES]
        sent = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
        assert 10_000 < sent <= MOST, (address, sent)
        assert not elsewhere
        fresh.close()
