"""Authors see how a course is used, and nobody in it."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from courses.models import CoursePage, StepProgress
from lms.home.domain.usage import usage
from lms.people.enums import Role
from quizzes.models import Attempt, Response
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory
from tests.factories.quizzes import make_question, make_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(now: dt.datetime) -> CoursePage:
    """Six have begun: one has done both steps, four the first, one none; six were asked."""
    course = make_course()
    lesson = make_lesson(course)
    question = make_question(right=("知らせる",), wrong=("黙っている",))
    quiz = make_quiz(course, [question])
    offering = OfferingFactory(course=course)
    for number in range(6):
        enrolment = EnrolmentFactory(
            offering=offering, started_at=now, completed_at=now if number == 0 else None
        )
        steps = [lesson, quiz] if number == 0 else [lesson] if number < 5 else []
        for step in steps:
            StepProgress.objects.create(
                enrolment=enrolment, page=step, revision=step.live_revision, completed_at=now
            )
        attempt = Attempt.objects.create(
            enrolment=enrolment,
            page=quiz,
            page_revision=quiz.live_revision,
            number=1,
            pass_mark=80,
            started_at=now,
            submitted_at=now,
            score=100 if number == 0 else 0,
        )
        Response.objects.create(
            attempt=attempt,
            position=1,
            question=question,
            version=question.live_revision,
            choice_order=[],
            chosen=[],
            sequence=1,
            answered_at=now,
            is_correct=number == 0,
        )
    return course


def test_the_numbers_are_those_of_what_happened(course: CoursePage) -> None:
    found = usage(course)
    assert [(use.begun, use.completed) for use in found.offerings] == [(6, 1)]
    assert [(use.completed, use.stopped) for use in found.steps] == [(5, 1), (1, 4)]
    [question] = found.questions
    assert (question.asked, question.right, question.is_hard) == (6, 1, True)


def test_few_people_are_not_told_exactly(client: Client, course: CoursePage) -> None:
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    page = BeautifulSoup(
        client.get(reverse("course_usage", args=[course.pk])).content, "html.parser"
    )
    rows = [
        [" ".join(cell.text.split()) for cell in row.select("td")[1:]]
        for row in page.select("main .listing tbody tr")
    ]
    assert rows == [
        ["6", "5人未満"],
        ["5", "5人未満"],
        ["5人未満", "5人未満"],
        ["16.7％（1／6人）"],
    ]


def test_a_question_asked_of_few_is_not_listed(course: CoursePage) -> None:
    Response.objects.filter(attempt__enrolment__completed_at=None).first().delete()
    Response.objects.filter(attempt__enrolment__completed_at=None).first().delete()
    assert usage(course).questions == []


def test_a_course_that_was_never_offered_has_empty_tables(client: Client) -> None:
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    page = client.get(reverse("course_usage", args=[make_course().pk])).content.decode()
    assert "この研修はまだ実施していません。" in page


def test_it_costs_the_same_however_many_there_are(
    course: CoursePage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):
        usage(course)
    OfferingFactory(course=course)
    make_lesson(course, "三つ目")
    with django_assert_num_queries(6):
        usage(course)
