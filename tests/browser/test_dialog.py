"""A picture of a lesson can be enlarged: above the page, or without script on a page of its own."""

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from wagtail.images.models import Image

from courses.models import LessonPage
from lms.people.models import Person
from tests.browser.conftest import SignIn
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory, PostingFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Wagtail leaves the file open in which it made a picture's sizes.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="400" viewBox="0 0 1000 400"/>'
)


@pytest.fixture
def reader() -> Person:
    return PostingFactory(person=PersonFactory()).person


@pytest.fixture
def lesson(reader: Person) -> LessonPage:
    image = Image.objects.create(
        title="3本の柱", file=ContentFile(DRAWING, "pillars.svg"), width=1000, height=400
    )
    course = make_course()
    EnrolmentFactory(person=reader, offering=OfferingFactory(course=course))
    picture = {"image": image, "alt_text": "3本の柱の図", "caption": ""}
    return make_lesson(course, body=[("picture", picture)])


def test_the_keyboard_opens_and_closes_it_and_keeps_its_place(
    browser_page: Page, sign_in: SignIn, reader: Person, lesson: LessonPage
) -> None:
    page = browser_page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    sign_in(page, reader)
    page.goto(lesson.url)
    enlarge = page.get_by_role("link", name="拡大する：3本の柱の図")
    enlarge.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="3本の柱の図")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="閉じる")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(enlarge).to_be_focused()

    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="閉じる").click()
    expect(dialog).to_be_hidden()
    enlarge.click()
    page.mouse.click(2, 2)
    expect(dialog).to_be_hidden()
    assert not complaints


def test_without_script_it_is_a_link_to_the_picture(
    browser: Browser, live_server: LiveServer, sign_in: SignIn, reader: Person, lesson: LessonPage
) -> None:
    context = browser.new_context(
        base_url=live_server.url, locale="ja-JP", java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, reader)
    page.goto(lesson.url)
    with page.expect_response("**/media/images/*.svg") as answer:
        page.get_by_role("link", name="拡大する：3本の柱の図").click()
    assert answer.value.ok
    context.close()
