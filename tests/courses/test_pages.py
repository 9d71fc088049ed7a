import datetime as dt
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries
from wagtail.documents.models import Document
from wagtail.models import Page

from courses.domain import completion, enrolments
from courses.models import (
    CourseIndexPage,
    CoursePage,
    Enrolment,
    LessonPage,
    Offering,
    StepProgress,
)
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import PersonFactory, PostingFactory

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
BODY = [
    ("heading", "はじめに"),
    ("text", "<p>長く、<b>使い回さない</b>。</p>"),
    ("callout", {"kind": "caution", "title": "注意", "text": "<p>書かない。</p>"}),
    ("steps_list", {"title": "手順", "steps": [{"title": "開く", "text": "<p>右上</p>"}]}),
    (
        "table",
        {
            "data": [["種類", "例"], ["要機密", "<b>住民</b>"]],
            "first_row_is_table_header": True,
            "first_col_is_header": True,
            "table_caption": "情報の分類",
        },
    ),
    ("accordion", {"items": [{"title": "忘れたら？", "text": "<p>連絡</p>"}]}),
    ("heading", "まとめ"),
]


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def course() -> CoursePage:
    return make_course()


@pytest.fixture
def lessons(course: CoursePage) -> list[LessonPage]:
    return [make_lesson(course, title, body=BODY) for title in ("一つ目", "二つ目", "三つ目")]


@pytest.fixture
def enrolment(course: CoursePage, lessons: list[LessonPage]) -> Enrolment:
    made: Enrolment = EnrolmentFactory(offering=OfferingFactory(course=course))
    return made


@pytest.fixture
def learner(client: Client, enrolment: Enrolment) -> Client:
    client.force_login(enrolment.person)
    return client


def address(page: Page) -> str:
    found = page.get_url()
    assert found is not None
    return str(found)


def finish(enrolment: Enrolment, lesson: LessonPage) -> str:
    return f"/learn/{enrolment.pk}/steps/{lesson.pk}/complete/"


def sign_in(client: Client, *roles: Role) -> Person:
    person: Person = PersonFactory(roles=list(roles))
    client.force_login(person)
    return person


def test_every_page_asks_to_sign_in(client: Client, lessons: list[LessonPage]) -> None:
    for page in (CourseIndexPage.objects.get(), lessons[0].get_parent().specific, lessons[0]):
        response = client.get(address(page))
        assert response.status_code == HTTPStatus.FOUND
        assert response["Location"] == f"/account/login/?next={address(page)}"


def test_a_stranger_finds_neither_course_nor_lesson(
    client: Client, course: CoursePage, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    sign_in(client)
    assert client.get(address(course)).status_code == HTTPStatus.NOT_FOUND
    assert client.get(address(lessons[0])).status_code == HTTPStatus.NOT_FOUND
    assert course.title not in client.get("/courses/").content.decode()


def test_whoever_was_withdrawn_is_a_stranger(
    learner: Client, course: CoursePage, enrolment: Enrolment
) -> None:
    enrolments.withdraw(
        enrolment, starts_on=timezone.localdate(), reason="誤り", by=PersonFactory(), at=NOON
    )
    assert learner.get(address(course)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.DX_OFFICE, Role.TRAINING_ADMIN, Role.AUDITOR])
def test_who_works_with_courses_reads_them_without_a_record(
    client: Client, course: CoursePage, lessons: list[LessonPage], role: Role
) -> None:
    sign_in(client, role)
    assert lessons[2].title in client.get(address(course)).content.decode()
    page = client.get(address(lessons[2])).content.decode()
    assert "使い回さない" in page
    assert "/complete/" not in page
    assert course.title in client.get("/courses/").content.decode()


def test_the_list_shows_what_is_due_first(learner: Client, enrolment: Enrolment) -> None:
    late = EnrolmentFactory(
        person=enrolment.person,
        offering=OfferingFactory(course=make_course("遅れた研修", "late")),
        due_on=dt.date(2026, 11, 22),
    )
    page = learner.get("/courses/").content.decode()
    assert page.index(late.offering.course.title) < page.index(enrolment.offering.course.title)
    assert "1日過ぎています" in page


def test_the_course_says_why_a_step_is_locked(learner: Client, course: CoursePage) -> None:
    page = learner.get(address(course)).content.decode()
    assert page.count("先に「一つ目」を完了してください。") == 2
    assert "受講を始める" in page


def test_starting_leads_to_the_first_step_and_is_noted_once(
    learner: Client, course: CoursePage, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    for _ in range(2):
        response = learner.post(f"/learn/{enrolment.pk}/start/")
        assert response["Location"] == address(lessons[0])
    enrolment.refresh_from_db()
    assert enrolment.started_at == NOON
    page = learner.get(address(course)).content.decode()
    assert "続きから始める" in page


def test_reading_changes_nothing(
    learner: Client, course: CoursePage, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    for page in (course, lessons[0], lessons[1]):
        assert learner.get(address(page)).status_code == HTTPStatus.OK
    enrolment.refresh_from_db()
    assert enrolment.started_at is None
    assert not StepProgress.objects.exists()


def test_a_lesson_shows_its_parts_and_contents(learner: Client, lessons: list[LessonPage]) -> None:
    page = learner.get(address(lessons[0])).content.decode()
    keys = [key for key, _title in LessonPage.objects.get(pk=lessons[0].pk).sections]
    assert f'<a href="#section-{keys[0]}">はじめに</a>' in page
    assert f'<h2 id="section-{keys[1]}">まとめ</h2>' in page
    assert "ステップ 1／3" in page
    assert "<caption>情報の分類</caption>" in page
    assert "&lt;b&gt;住民&lt;/b&gt;" in page
    assert "<summary>忘れたら？</summary>" in page


def test_a_locked_lesson_keeps_its_text_and_leads_to_the_open_one(
    learner: Client, lessons: list[LessonPage]
) -> None:
    page = learner.get(address(lessons[2])).content.decode()
    assert "使い回さない" not in page
    assert "先に「一つ目」を完了してください。" in page
    assert address(lessons[0]) in page


def test_lesson_by_lesson_to_the_certificate(
    learner: Client, course: CoursePage, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    for lesson, following in zip(lessons, [*lessons[1:], course], strict=True):
        shown = learner.get(address(lesson))
        response = learner.post(
            finish(enrolment, lesson), {"revision": shown.context["page"].live_revision_id}
        )
        assert response["Location"] == address(following)
    page = learner.get(address(course)).content.decode()
    enrolment.refresh_from_db()
    assert enrolment.completed_at == NOON
    assert f"/certificates/{enrolment.certificate.code}/" in page
    assert "この研修を修了しました。" in page
    again = learner.get(address(lessons[0])).content.decode()
    assert "このレッスンを完了しました" in again


def test_the_revision_that_was_on_the_screen_is_recorded(
    learner: Client, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    seen = lessons[0].live_revision_id or lessons[0].latest_revision_id
    lessons[0].title = "書き直し"
    lessons[0].save_revision().publish()
    learner.post(finish(enrolment, lessons[0]), {"revision": seen})
    assert StepProgress.objects.get().revision_id == seen


@pytest.mark.parametrize("claim", ["", "x", "９", "99999999999999999999", "other", "draft"])
def test_a_revision_that_was_not_on_the_screen_is_not_believed(
    learner: Client, enrolment: Enrolment, lessons: list[LessonPage], claim: str
) -> None:
    live = LessonPage.objects.get(pk=lessons[0].pk).live_revision_id
    if claim == "other":
        claim = str(lessons[1].latest_revision_id)
    if claim == "draft":
        claim = str(lessons[0].save_revision().pk)
    learner.post(finish(enrolment, lessons[0]), {"revision": claim})
    assert StepProgress.objects.get().revision_id == live


def test_a_rule_that_forbids_it_is_told_on_the_page(
    learner: Client, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    response = learner.post(finish(enrolment, lessons[1]), follow=True)
    assert response.status_code == HTTPStatus.OK
    assert response.content.decode().count("先に「一つ目」を完了してください。") >= 1
    Offering.objects.update(closes_on=dt.date(2026, 11, 22))
    for path in (finish(enrolment, lessons[0]), f"/learn/{enrolment.pk}/start/"):
        page = learner.post(path, follow=True).content.decode()
        assert "この研修は令和8年11月22日で終了しました。" in page
    assert not StepProgress.objects.exists()


def test_nobody_learns_for_somebody_else(
    client: Client, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    sign_in(client, Role.TRAINING_ADMIN)
    assert client.post(f"/learn/{enrolment.pk}/start/").status_code == HTTPStatus.NOT_FOUND
    assert client.post(finish(enrolment, lessons[0])).status_code == HTTPStatus.NOT_FOUND


def test_learning_needs_a_post_and_a_session(
    client: Client, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    assert "/account/login/" in client.post(finish(enrolment, lessons[0]))["Location"]
    client.force_login(enrolment.person)
    for path in (finish(enrolment, lessons[0]), f"/learn/{enrolment.pk}/start/"):
        assert client.get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(enrolment.person)
    assert strict.post(finish(enrolment, lessons[0])).status_code == HTTPStatus.FORBIDDEN


def test_only_a_lesson_of_this_course_is_completed_by_saying_so(
    learner: Client, enrolment: Enrolment, course: CoursePage, lessons: list[LessonPage]
) -> None:
    stranger = make_lesson(make_course("他", "other"))
    assert learner.post(finish(enrolment, stranger)).status_code == HTTPStatus.NOT_FOUND
    assert (
        learner.post(f"/learn/{enrolment.pk}/steps/{course.pk}/complete/").status_code
        == HTTPStatus.NOT_FOUND
    )


def test_a_waived_person_reads_but_is_told_that_nothing_is_needed(
    learner: Client, course: CoursePage, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    enrolments.waive(
        enrolment,
        starts_on=timezone.localdate(),
        ends_on=None,
        reason="休職",
        by=PersonFactory(),
        at=NOON,
    )
    for page in (course, lessons[0]):
        text = learner.get(address(page)).content.decode()
        assert "この研修は免除されています。" in text
        assert "/complete/" not in text


def test_a_voluntary_course_is_entered_by_one_button(
    client: Client, course: CoursePage, lessons: list[LessonPage]
) -> None:
    person = sign_in(client)
    PostingFactory(person=person)
    offering = OfferingFactory(
        course=course, is_mandatory=False, due_on=None, audience=AudienceFactory()
    )
    assert course.title in client.get("/courses/").content.decode()
    assert (
        f"/learn/offerings/{offering.slug}/enrol/" in client.get(address(course)).content.decode()
    )
    assert "使い回さない" not in client.get(address(lessons[0])).content.decode()
    response = client.post(f"/learn/offerings/{offering.slug}/enrol/")
    assert response["Location"] == address(course)
    assert Enrolment.objects.get().person == person
    assert "使い回さない" in client.get(address(lessons[0])).content.decode()


def test_others_cannot_enrol_themselves(client: Client, course: CoursePage) -> None:
    sign_in(client)
    offering = OfferingFactory(course=course, is_mandatory=False)
    path = f"/learn/offerings/{offering.slug}/enrol/"
    assert client.post(path).status_code == HTTPStatus.NOT_FOUND
    assert client.post("/learn/offerings/none/enrol/").status_code == HTTPStatus.NOT_FOUND


def test_a_closed_voluntary_offering_says_so(client: Client, course: CoursePage) -> None:
    person = sign_in(client)
    PostingFactory(person=person)
    offering = OfferingFactory(
        course=course, is_mandatory=False, closes_on=dt.date(2026, 11, 22), due_on=None
    )
    page = client.post(f"/learn/offerings/{offering.slug}/enrol/", follow=True).content.decode()
    assert "令和8年11月22日で終了しました" in page


def test_what_can_still_be_done_comes_before_what_is_done(
    learner: Client, course: CoursePage, enrolment: Enrolment, lessons: list[LessonPage]
) -> None:
    for lesson in lessons:
        completion.complete_step(enrolment, lesson, revision=None, at=NOON)
    newer = EnrolmentFactory(
        person=enrolment.person, offering=OfferingFactory(course=course, fiscal_year=2025)
    )
    assert learner.get(address(course)).context["enrolment"] == newer


def test_the_pages_cost_the_same_queries_for_one_step_and_for_three(
    learner: Client,
    course: CoursePage,
    enrolment: Enrolment,
    lessons: list[LessonPage],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    learner.get(address(course))
    for _ in range(2):
        with django_assert_num_queries(13):
            learner.get(address(course))
        with django_assert_num_queries(18):
            learner.get(address(lessons[0]))
        for lesson in lessons[1:]:
            lesson.unpublish()


def test_the_list_costs_the_same_queries_for_one_course_and_for_three(
    learner: Client, enrolment: Enrolment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    learner.get("/courses/")
    with django_assert_num_queries(11):
        learner.get("/courses/")
    for number in range(2):
        offering = OfferingFactory(course=make_course(f"研修{number}", f"more-{number}"))
        EnrolmentFactory(person=enrolment.person, offering=offering)
    with django_assert_num_queries(11):
        learner.get("/courses/")


def test_pictures_are_for_who_is_signed_in_and_cannot_run_anything(client: Client) -> None:
    name = default_storage.save(
        "original_images/a.svg", ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    )
    assert "/account/login/" in client.get(f"/media/{name}")["Location"]
    sign_in(client)
    response = client.get(f"/media/{name}")
    assert b"".join(response.streaming_content).startswith(b"<svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "original_images/none.png",
        "documents/secret.pdf",
        "original_images/../documents/secret.png",
        "..%2Fsecret_key",
        "original_images/..%2f..%2fsecret_key.png",
        "images/%00.png",
        "original_images/page.html",
        "secret.png",
    ],
)
def test_nothing_else_is_served_from_the_media_folder(client: Client, path: str) -> None:
    default_storage.save("documents/secret.png", ContentFile(b"secret"))
    sign_in(client)
    assert client.get(f"/media/{path}").status_code == HTTPStatus.NOT_FOUND


def test_documents_are_for_who_is_signed_in(client: Client) -> None:
    document = Document.objects.create(title="基準", file=ContentFile(b"%PDF-1.4", "kijun.pdf"))
    assert "/account/login/" in client.get(document.url)["Location"]
    sign_in(client)
    response = client.get(document.url)
    assert b"".join(response.streaming_content) == b"%PDF-1.4"
    response.close()
