import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from courses.domain import completion, learning
from courses.domain.completion import complete_step
from courses.enums import ReleaseKind
from courses.models import Certificate, CoursePage, Enrolment, LessonPage, Release, StepProgress
from lms.core.errors import RuleViolation
from lms.core.models import AuditEntry
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PostingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> CoursePage:
    return make_course()


@pytest.fixture
def lessons(course: CoursePage) -> list[LessonPage]:
    return [make_lesson(course, title) for title in ("一", "二", "三")]


@pytest.fixture
def enrolment(course: CoursePage, lessons: list[LessonPage]) -> Enrolment:
    return EnrolmentFactory(offering=OfferingFactory(course=course))


def do(enrolment: Enrolment, lesson: LessonPage, at: dt.datetime, **facts: object) -> Enrolment:
    facts.setdefault("revision", lesson.latest_revision)
    return complete_step(enrolment, lesson, at=at, **facts)  # type: ignore[arg-type]


def office_time(year: int, month: int, day: int, *clock: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime(year, month, day, *clock))  # noqa: DTZ001


def test_the_first_step_starts_the_enrolment(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    done = do(enrolment, lessons[0], now)
    assert (done.started_at, done.completed_at) == (now, None)


def test_starting_again_keeps_the_first_time(enrolment: Enrolment, now: dt.datetime) -> None:
    completion.start(enrolment, at=now)
    completion.start(enrolment, at=now + dt.timedelta(days=1))
    enrolment.refresh_from_db()
    assert enrolment.started_at == now


def test_the_last_step_completes_with_everything_that_was_true_then(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    posting = PostingFactory(person=enrolment.person)
    do(enrolment, lessons[0], now, score=91)
    do(enrolment, lessons[1], now)
    done = do(enrolment, lessons[2], now, score=80)
    done.refresh_from_db()
    assert done.completed_at == now
    assert done.score == 85
    assert done.course_revision == done.offering.course.latest_revision
    assert done.posting == posting
    assert done.certificate.completed_on == dt.date(2026, 11, 23)
    assert AuditEntry.objects.filter(
        action="enrolment.completed", subject_person=enrolment.person
    ).exists()


def test_without_any_score_there_is_none(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    for lesson in lessons:
        done = do(enrolment, lesson, now)
    assert done.score is None


def test_a_course_without_certificate_issues_none(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    CoursePage.objects.update(gives_certificate=False)
    for lesson in lessons:
        done = do(enrolment, lesson, now)
    assert done.completed_at == now
    assert not Certificate.objects.exists()


def test_a_second_call_changes_nothing(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    for lesson in lessons:
        do(enrolment, lesson, now)
    again = do(enrolment, lessons[2], now + dt.timedelta(days=400), score=10)
    assert again.completed_at == now
    assert StepProgress.objects.get(page=lessons[2]).score is None
    assert Certificate.objects.count() == 1


def test_a_later_step_is_locked_until_the_earlier_ones_are_done(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    with pytest.raises(RuleViolation, match="一"):
        do(enrolment, lessons[1], now)
    assert not StepProgress.objects.exists()


def test_the_revision_that_was_seen_is_kept_when_the_page_changes(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    seen = lessons[0].latest_revision
    lessons[0].title = "新しい題"
    lessons[0].save_revision().publish()
    do(enrolment, lessons[0], now, revision=seen)
    assert StepProgress.objects.get().revision == seen


def test_a_revision_of_another_page_is_refused(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    with pytest.raises(ValueError, match="of another page"):
        do(enrolment, lessons[0], now, revision=lessons[1].latest_revision)


def test_a_step_of_another_course_is_refused(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    stranger = make_lesson(make_course("他の研修", "other"))
    with pytest.raises(RuleViolation):
        do(enrolment, stranger, now)


def test_an_unpublished_step_does_not_stand_in_the_way(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    lessons[1].unpublish()
    do(enrolment, lessons[0], now)
    assert do(enrolment, lessons[2], now).completed_at == now


def test_whoever_had_done_all_but_a_step_that_is_gone_is_completed_by_the_sync(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime, today: dt.date
) -> None:
    do(enrolment, lessons[0], now)
    waiting = EnrolmentFactory(offering=enrolment.offering)
    do(waiting, lessons[0], now)
    do(waiting, lessons[1], now)
    assert completion.complete_where_nothing_is_left(on=today, at=now) == 0
    lessons[2].unpublish()
    assert completion.complete_where_nothing_is_left(on=today, at=now) == 1
    waiting.refresh_from_db()
    enrolment.refresh_from_db()
    assert (waiting.completed_at, enrolment.completed_at) == (now, None)
    assert waiting.certificate.completed_on == today
    assert completion.complete_where_nothing_is_left(on=today, at=now) == 0


def test_the_editor_cannot_write_over_a_revision_that_people_have_seen(
    lessons: list[LessonPage],
) -> None:
    lesson = lessons[0]
    lesson.refresh_from_db()
    published = lesson.live_revision
    lesson.title = "自動保存の途中"
    draft = lesson.save_revision(overwrite_revision=published)
    assert draft != published
    assert lesson.save_revision(overwrite_revision=draft) == draft
    lesson.unpublish()
    assert lesson.save_revision(overwrite_revision=draft) != draft
    published.refresh_from_db()
    assert published.content["title"] == "一"


def test_a_step_added_later_does_not_undo_the_completion(
    enrolment: Enrolment, lessons: list[LessonPage], course: CoursePage, now: dt.datetime
) -> None:
    for lesson in lessons:
        do(enrolment, lesson, now)
    added = make_lesson(course, "追加")
    enrolment.refresh_from_db()
    assert enrolment.completed_at == now
    later = do(enrolment, added, now + dt.timedelta(days=1))
    assert later.completed_at == now
    assert Certificate.objects.count() == 1


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (office_time(2026, 3, 31, 23, 59, 59), False),
        (office_time(2026, 4, 1, 0, 0, 0), True),
        (office_time(2027, 3, 31, 23, 59, 59), True),
        (office_time(2027, 4, 1, 0, 0, 0), False),
    ],
)
def test_the_opening_and_the_closing_day_are_whole_days_of_the_office(
    course: CoursePage, lessons: list[LessonPage], at: dt.datetime, is_open: bool
) -> None:
    enrolment = EnrolmentFactory(
        offering=OfferingFactory(
            course=course, opens_on=dt.date(2026, 4, 1), closes_on=dt.date(2027, 3, 31)
        )
    )
    if is_open:
        do(enrolment, lessons[0], at)
    else:
        with pytest.raises(RuleViolation, match="令和"):
            do(enrolment, lessons[0], at)
        with pytest.raises(RuleViolation, match="令和"):
            completion.start(enrolment, at=at)
    assert StepProgress.objects.exists() == is_open


@pytest.mark.parametrize("kind", list(ReleaseKind))
def test_a_released_person_cannot_learn_until_the_day_after(
    enrolment: Enrolment, lessons: list[LessonPage], kind: ReleaseKind
) -> None:
    Release.objects.create(
        enrolment=enrolment,
        kind=kind,
        starts_on=dt.date(2026, 4, 10),
        ends_on=dt.date(2026, 4, 20),
        reason="育休",
        decided_at=office_time(2026, 4, 10),
    )
    for at in (office_time(2026, 4, 10, 0, 0), office_time(2026, 4, 20, 23, 59, 59)):
        with pytest.raises(RuleViolation):
            do(enrolment, lessons[0], at)
    assert do(enrolment, lessons[0], office_time(2026, 4, 21, 0, 0)).started_at


def test_a_request_that_read_the_clock_earlier_but_came_later_is_no_error(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    for lesson in lessons[1:]:
        lesson.unpublish()
    completion.start(enrolment, at=now)
    assert do(enrolment, lessons[0], now - dt.timedelta(milliseconds=5)).completed_at == now


def test_the_outline_says_where_one_stands(
    enrolment: Enrolment, lessons: list[LessonPage], now: dt.datetime
) -> None:
    do(enrolment, lessons[0], now)
    states = learning.outline(enrolment)
    assert [state.number for state in states] == [1, 2, 3]
    assert [state.is_completed for state in states] == [True, False, False]
    assert [state.is_current for state in states] == [False, True, False]
    assert [state.is_locked for state in states] == [False, False, True]
    following = learning.next_step(states)
    assert following is not None
    assert following.page.pk == lessons[1].pk


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_the_last_step_handed_in_twice_at_once_gives_one_certificate(now: dt.datetime) -> None:
    course = make_course()
    lesson = make_lesson(course)
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=course))
    together = Barrier(4)

    def hand_in(_: int) -> dt.datetime | None:
        try:
            together.wait(timeout=10)
            return do(enrolment, lesson, timezone.now()).completed_at
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        completed = list(pool.map(hand_in, range(4)))
    assert len(set(completed)) == 1
    assert None not in completed
    assert Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(action="enrolment.completed").count() == 1
