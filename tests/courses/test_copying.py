"""The same training next year: a new offering, or a copied course where the content changes."""

import datetime as dt
import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from courses.domain import copying
from courses.domain.enrolments import SYNC_JOB
from courses.models import CourseIndexPage, CoursePage, LessonPage, Offering
from lms.core.models import AuditEntry, Job
from lms.people.enums import Role
from lms.people.models import Person
from quizzes.models import Question, QuizPage
from tests.factories.courses import OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory
from tests.factories.quizzes import QuestionCategoryFactory, make_questions, make_quiz


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (dt.date(2026, 4, 1), dt.date(2027, 4, 1)),
        (dt.date(2027, 3, 31), dt.date(2028, 3, 31)),
        (dt.date(2028, 2, 29), dt.date(2029, 2, 28)),
        (dt.date(2027, 2, 28), dt.date(2028, 2, 28)),
    ],
)
def test_each_day_moves_by_a_year(day: dt.date, later: dt.date) -> None:
    assert copying.a_year_later(day) == later


@pytest.mark.parametrize(
    ("slug", "later"),
    [
        ("security-2026", "security-2027"),
        ("2026-security", "2027-security"),
        ("security-r8", "security-r9"),
        ("security-R8-b", "security-r9-b"),
        ("security", "security-2027"),
        ("room-12026", "room-12026-2027"),
        ("xr8", "xr8-2027"),
        ("a" * 80, f"{'a' * 75}-2027"),
    ],
)
def test_the_short_name_counts_its_year_on(slug: str, later: str) -> None:
    assert copying.slug_of_next_year(slug, 2026) == later
    assert len(later) <= 80


@pytest.fixture
def hr(client: Client) -> Person:
    person: Person = PersonFactory(roles=[Role.TRAINING_ADMIN])
    client.force_login(person)
    return person


@pytest.mark.django_db
def test_next_years_offering_is_filled_in_and_nothing_is_made_before_saving(
    client: Client, hr: Person
) -> None:
    source = OfferingFactory(slug="security-2026", closes_on=dt.date(2027, 3, 31), due_days=30)
    page = client.get(reverse("offering:copy", args=[source.pk]))
    assert page.status_code == HTTPStatus.OK
    assert "翌年度の実施回" in page.content.decode()
    assert Offering.objects.count() == 1
    form = page.context["form"]
    filled = {name: form[name].value() for name in form.fields}
    assert filled == {
        "course": source.course_id,
        "slug": "security-2027",
        "fiscal_year": 2027,
        "audience": source.audience_id,
        "is_mandatory": True,
        "opens_on": dt.date(2027, 4, 1),
        "closes_on": dt.date(2028, 3, 31),
        "due_on": dt.date(2027, 12, 28),
        "due_days": 30,
    }
    action = re.search(r'id="w-editor-form"\s+action="([^"]+)"', page.content.decode())
    assert action
    saved = client.post(action[1], {name: str(value) for name, value in filled.items()})
    assert saved.status_code == HTTPStatus.FOUND
    made = Offering.objects.exclude(pk=source.pk).get()
    assert (made.slug, made.fiscal_year, made.due_on) == (
        "security-2027",
        2027,
        dt.date(2027, 12, 28),
    )
    assert AuditEntry.objects.get().action == "offering.saved"
    assert Job.objects.get().function == SYNC_JOB
    source.refresh_from_db()
    assert source.slug == "security-2026"


@pytest.mark.django_db
def test_a_second_one_for_the_same_year_is_warned_of(client: Client, hr: Person) -> None:
    source = OfferingFactory(slug="security-2026")
    address = reverse("offering:copy", args=[source.pk])
    assert "すでにあります" not in client.get(address).content.decode()
    OfferingFactory(course=source.course, audience=source.audience, slug="sec-r9", fiscal_year=2027)
    page = client.get(address).content.decode()
    assert "すでにあります" in page
    assert "sec-r9" in page


@pytest.mark.django_db
def test_the_list_calls_it_by_what_it_is(client: Client, hr: Person) -> None:
    source = OfferingFactory()
    page = client.get(reverse("offering:index")).content.decode()
    assert reverse("offering:copy", args=[source.pk]) in page
    assert "翌年度分を作る" in page


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.AUTHOR, Role.AUDITOR, None])
def test_only_hr_makes_next_years_offering(client: Client, role: Role | None) -> None:
    client.force_login(PersonFactory(roles=[role] if role else []))
    response = client.get(reverse("offering:copy", args=[OfferingFactory().pk]))
    assert response.status_code == HTTPStatus.FOUND


# The course itself


@pytest.fixture
def course() -> CoursePage:
    course = make_course()
    make_lesson(course, "一章")
    category = QuestionCategoryFactory.create(name="メール")
    make_questions(2, category=category)
    [question] = make_questions(1)
    make_quiz(course, [question], draws=[(category, 2)], pass_mark=70, max_attempts=3)
    course.refresh_from_db()
    return course


@pytest.mark.django_db
def test_a_course_is_copied_with_its_steps_as_drafts_and_its_questions_shared(
    client: Client, course: CoursePage
) -> None:
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    questions = Question.objects.count()
    address = reverse("wagtailadmin_pages:copy", args=[course.pk])
    page = client.get(address)
    form = page.context["form"]
    assert set(form.fields) == {"new_title", "new_slug", "new_parent_page", "copy_subpages"}
    assert form["new_slug"].value() == "security-2"
    assert "問題は複製しません" in page.content.decode()
    client.post(
        address,
        {
            "new_title": "新しい研修",
            "new_slug": "security-2",
            "new_parent_page": str(CourseIndexPage.objects.get().pk),
            "copy_subpages": "on",
            "publish_copies": "on",
        },
    )
    made = CoursePage.objects.get(slug="security-2")
    steps = Page.objects.descendant_of(made)
    assert not made.live
    assert not steps.live().exists()
    assert [step.title for step in steps.order_by("path")] == ["一章", "確認テスト"]
    assert LessonPage.objects.child_of(made).get().body[0].block_type == "text"
    old, new = QuizPage.objects.child_of(course).get(), QuizPage.objects.child_of(made).get()
    assert (new.pass_mark, new.max_attempts) == (70, 3)
    assert [row.question_id for row in new.fixed_questions.all()] == [
        row.question_id for row in old.fixed_questions.all()
    ]
    assert [(row.category_id, row.count) for row in new.draws.all()] == [
        (row.category_id, row.count) for row in old.draws.all()
    ]
    assert Question.objects.count() == questions
    assert not made.offerings.exists()
    course.refresh_from_db()
    assert course.live


@pytest.mark.django_db
def test_the_next_copy_has_a_free_address(client: Client, course: CoursePage) -> None:
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    make_course("写し", "security-2")
    form = client.get(reverse("wagtailadmin_pages:copy", args=[course.pk])).context["form"]
    assert form["new_slug"].value() == "security-3"
