"""Authors see their draft as each audience will, and nobody is enrolled by that."""

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from wagtail.models import Page

from courses.domain import previewing
from courses.models import CoursePage, Enrolment, LessonPage, Offering
from lms.people.enums import Role
from quizzes.models import Attempt
from tests.courses.test_admin import sign_in
from tests.factories.courses import (
    AudienceFactory,
    OfferingFactory,
    make_course,
    make_lesson,
    make_recording,
)
from tests.factories.courses import shown as shown_video
from tests.factories.quizzes import make_question, make_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> CoursePage:
    course = make_course()
    for title in ("一", "二", "三"):
        make_lesson(course, title)
    return CoursePage.objects.get(pk=course.pk)


@pytest.fixture
def offering(course: CoursePage) -> Offering:
    audience = AudienceFactory(name="全職員")
    return OfferingFactory(
        course=course, audience=audience, slug="this-year", opens_on="2020-04-01"
    )


def shown(client: Client, course: Page, mode: str) -> BeautifulSoup:
    response = client.get(f"/cms/pages/{course.pk}/view_draft/", {"mode": mode})
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def texts(page: Any, selector: str) -> list[str]:
    return [" ".join(found.text.split()) for found in page.select(selector)]


def test_every_recent_audience_can_be_chosen(course: CoursePage, offering: Offering) -> None:
    OfferingFactory(
        course=course,
        audience=AudienceFactory(name="希望者"),
        slug="last-year",
        fiscal_year=2025,
        is_mandatory=False,
    )
    labels = [str(label) for _name, label in course.preview_modes]
    assert "this-year・全職員：未着手" in labels
    assert "last-year・希望者：希望すれば受けられる人" in labels
    assert len(labels) == 1 + 3 + 4


@pytest.mark.parametrize(
    ("stage", "tags", "done"),
    [
        ("not_started", ["未着手"], 0),
        ("in_progress", ["受講中"], 1),
        ("completed", ["修了"], 3),
    ],
)
def test_the_page_is_that_of_the_stage(  # noqa: PLR0917 - fixtures
    client: Client, course: CoursePage, offering: Offering, stage: str, tags: list[str], done: int
) -> None:
    sign_in(client, Role.AUTHOR)
    page = shown(client, course, f"{offering.pk}:{stage}")
    assert texts(page, ".course__side .tag") == tags
    assert len(page.select(".step-list .tag--done")) == done
    assert page.select_one("progress")["value"] == str(done)
    assert "令和8年12月28日" in page.text or stage == "completed"
    assert not Enrolment.objects.exists()


def test_who_may_take_it_sees_how_to_enrol(
    client: Client, course: CoursePage, offering: Offering
) -> None:
    Offering.objects.update(is_mandatory=False)
    sign_in(client, Role.AUTHOR)
    page = shown(client, course, f"{offering.pk}:")
    [button] = page.select(".course__side form button")
    assert button.has_attr("disabled")


def test_an_offering_of_another_course_shows_nothing(course: CoursePage, now: dt.datetime) -> None:
    other = OfferingFactory(course=make_course("別", "other"))
    assert previewing.context(course, f"{other.pk}:completed", at=now) == {}


@pytest.mark.parametrize(
    ("stage", "tells"),
    [
        ("not_started", "このレッスンはまだ開けません"),
        ("in_progress", "読み終えて次へ進む"),
        ("completed", "に、このレッスンを完了しました"),
    ],
)
def test_a_lesson_is_that_of_the_stage(
    client: Client, course: CoursePage, offering: Offering, stage: str, tells: str
) -> None:
    """The draft of the third of four lessons."""
    make_lesson(course, "四")
    lesson = LessonPage.objects.get(title="三")
    lesson.title = "三の下書き"
    lesson.save_revision()
    sign_in(client, Role.AUTHOR)
    page = shown(client, lesson, f"{offering.pk}:{stage}")
    assert tells in " ".join(page.main.text.split())
    assert "三の下書き" in page.h1.text
    assert "ステップ 3／4" in " ".join(page.main.text.split())
    assert all(button.has_attr("disabled") for button in page.select(".lesson__done button"))
    assert not Enrolment.objects.exists()


def test_a_lesson_that_was_never_published_has_its_place(
    client: Client, course: CoursePage, offering: Offering
) -> None:
    lesson = make_lesson(course, "新しい")
    lesson.unpublish()
    sign_in(client, Role.AUTHOR)
    page = shown(client, lesson, f"{offering.pk}:in_progress")
    assert "ステップ 4／4" in " ".join(page.main.text.split())


def test_a_video_is_previewed_with_what_it_asks_for(
    client: Client, course: CoursePage, offering: Offering
) -> None:
    lesson = make_lesson(course, "動画", body=[shown_video(make_recording(), must_be_watched=True)])
    sign_in(client, Role.AUTHOR)
    page = shown(client, lesson, f"{offering.pk}:in_progress")
    assert page.select("video")
    assert page.select("input[name=read]")
    assert not page.select("[data-viewing]")


@pytest.mark.parametrize(
    ("stage", "tells"),
    [
        ("not_started", "いまは受験できません"),
        ("in_progress", "始める"),
        ("failed", "もう一度受ける"),
        ("completed", "この確認テストに合格しています"),
    ],
)
def test_a_quiz_is_that_of_the_stage(
    client: Client, course: CoursePage, offering: Offering, stage: str, tells: str
) -> None:
    quiz = make_quiz(course, [make_question()])
    sign_in(client, Role.AUTHOR)
    page = shown(client, quiz, f"{offering.pk}:{stage}")
    assert tells in " ".join(page.main.text.split())
    assert all(button.has_attr("disabled") for button in page.select("main form button"))
    assert not Attempt.objects.exists()
