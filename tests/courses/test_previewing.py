"""Authors see their draft as each audience will, and nobody is enrolled by that."""

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from courses.domain import previewing
from courses.models import CoursePage, Enrolment, Offering
from lms.people.enums import Role
from tests.courses.test_admin import sign_in
from tests.factories.courses import AudienceFactory, OfferingFactory, make_course, make_lesson

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


def shown(client: Client, course: CoursePage, mode: str) -> BeautifulSoup:
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
