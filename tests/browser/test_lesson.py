"""A lesson keeps the place of its reader, and goes on there on another device."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import ReadingPlace
from tests.browser.conftest import SignIn
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory, PostingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "<p>" + "長く、使い回さない。" * 400 + "</p>"
BODY = [
    ("heading", "はじめに"),
    ("text", LONG),
    ("heading", "使い回さない"),
    ("text", LONG),
    ("heading", "まとめ"),
    ("text", LONG),
]


def test_reading_goes_on_where_it_stopped_on_another_device(
    browser: Browser, live_server: LiveServer, browser_page: Page, sign_in: SignIn
) -> None:
    course = make_course()
    lesson = make_lesson(course, body=BODY)
    person = PostingFactory(person=PersonFactory()).person
    EnrolmentFactory(person=person, offering=OfferingFactory(course=course))
    desk = browser_page
    sign_in(desk, person)
    desk.get_by_role("button", name="始める").first.click()
    desk.wait_for_url(f"**{lesson.url}")
    expect(desk.get_by_text("前回は")).to_have_count(0)
    contents = desk.get_by_role("navigation", name="このレッスンの内容")
    desk.get_by_role("heading", name="使い回さない").scroll_into_view_if_needed()
    desk.mouse.wheel(0, 600)
    expect(contents.get_by_role("link", name="使い回さない")).to_have_attribute(
        "aria-current", "true"
    )
    desk.goto("/")
    # It is sent as the page is left, when nobody waits for the answer.
    for _ in range(100):
        if ReadingPlace.objects.exists():
            break
        desk.wait_for_timeout(100)
    assert ReadingPlace.objects.get().page_id == lesson.pk

    phone = browser.new_context(
        base_url=live_server.url, locale="ja-JP", viewport={"width": 375, "height": 700}
    ).new_page()
    sign_in(phone, person)
    phone.get_by_role("link", name="続きから").first.click()
    phone.wait_for_url(f"**{lesson.url}#section-*")
    heading = phone.get_by_role("heading", name="使い回さない")
    expect(heading).to_be_in_viewport()
    expect(phone.get_by_text("前回は「使い回さない」まで読みました。")).to_be_attached()
    phone.context.close()
