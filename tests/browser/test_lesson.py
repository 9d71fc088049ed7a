"""A lesson keeps the place of its reader, and goes on there on another device."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from courses.models import ReadingPlace, Viewing
from tests.browser.conftest import SignIn
from tests.factories.courses import (
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
    make_recording,
    shown,
)
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


def test_a_video_is_played_its_place_kept_and_the_lesson_set_free(
    browser_page: Page, sign_in: SignIn
) -> None:
    recording = make_recording()
    lesson = make_lesson(make_course(), body=[shown(recording, must_be_watched=True)])
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=lesson.get_parent().specific))
    page = browser_page
    sign_in(page, enrolment.person)
    page.goto(lesson.url)
    told, instead = page.locator("[data-told]"), page.locator("[data-missing]")
    expect(told).to_have_text("長さは1分5秒です。まだ再生していません。")
    expect(instead).to_be_visible()
    video = page.locator("video")

    # The connection is gone while it plays: nothing of what was played is lost.
    page.route("**/recordings/*/", abort_posts)
    video.evaluate("video => { video.muted = true; video.playbackRate = 8; return video.play(); }")
    for _ in range(300):
        if video.evaluate("video => video.currentTime") > 8:
            break
        page.wait_for_timeout(100)
    video.evaluate("video => video.pause()")
    expect(told).to_contain_text("まだ保存できていません")
    page.unroute("**/recordings/*/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(told).to_contain_text("を再生しました")
    left_at = Viewing.objects.get().position
    assert left_at >= 8

    page.reload()
    page.get_by_role("button", name="から続ける").click()
    expect(video).to_be_focused()
    assert video.evaluate("video => video.currentTime") >= left_at - 1
    video.evaluate("video => { video.playbackRate = 8; }")
    expect(told).to_have_text("最後まで再生しました（1分5秒）。", timeout=30_000)
    expect(instead).to_be_hidden()
    [seen] = Viewing.objects.get().ranges
    assert seen[0] == 0
    assert seen[1] >= 64
    captions = video.evaluate("video => video.textTracks[0].cues.length")
    assert captions == 13
    page.get_by_role("button", name="読み終えて研修を修了する").click()
    expect(page.get_by_text("この研修を修了しました")).to_be_visible()


def abort_posts(route: Route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()
