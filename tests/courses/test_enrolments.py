import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from courses import tasks
from courses.domain import enrolments
from courses.domain.enrolments import SyncResult
from courses.enums import AssignedBy, ReleaseKind, Status
from courses.models import Audience, Enrolment, Offering, Release
from lms.core import jobs
from lms.core.errors import RuleViolation
from lms.core.models import AuditEntry, Job
from lms.people.models import Person, Posting, Unit
from tests.factories.courses import AudienceFactory, EnrolmentFactory, OfferingFactory, make_course
from tests.factories.people import LeaveFactory, PersonFactory, PostingFactory, make_unit

pytestmark = pytest.mark.django_db

APRIL_1 = dt.date(2026, 4, 1)
ONE_DAY = dt.timedelta(days=1)


def at(on: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(on, dt.time(0, 30)))


def sync(on: dt.date) -> SyncResult:
    return enrolments.sync_enrolments(on=on, at=at(on))


def status(enrolment: Enrolment, on: dt.date) -> str:
    return Enrolment.objects.with_status(on=on).get(pk=enrolment.pk).status


@pytest.fixture
def section() -> Unit:
    return make_unit("職員課")


@pytest.fixture
def audience(section: Unit) -> Audience:
    made: Audience = AudienceFactory(everybody=False)
    made.units.add(section)
    return made


@pytest.fixture
def offering(audience: Audience) -> Offering:
    made: Offering = OfferingFactory(
        audience=audience,
        opens_on=APRIL_1,
        due_on=dt.date(2026, 12, 28),
        due_days=30,
        closes_on=dt.date(2027, 3, 31),
    )
    return made


def member(section: Unit, **facts: Any) -> Person:
    posting: Posting = PostingFactory(unit=section, **facts)
    return posting.person


def test_members_are_enrolled_from_the_opening_day_to_the_closing_day(
    offering: Offering, section: Unit
) -> None:
    person = member(section)
    assert sync(APRIL_1 - ONE_DAY) == SyncResult()
    assert sync(APRIL_1) == SyncResult(assigned=1)
    enrolment = Enrolment.objects.get()
    assert (enrolment.person, enrolment.assigned_on, enrolment.assigned_by) == (
        person,
        APRIL_1,
        AssignedBy.AUDIENCE,
    )
    assert enrolment.due_on == dt.date(2026, 12, 28)
    late = member(section)
    assert sync(dt.date(2027, 3, 31)) == SyncResult(assigned=1)
    assert Enrolment.objects.get(person=late).due_on == dt.date(2027, 4, 30)
    member(section)
    assert sync(dt.date(2027, 4, 1)) == SyncResult()


def test_a_second_run_changes_nothing_and_writes_nothing(
    offering: Offering, section: Unit, today: dt.date
) -> None:
    member(section)
    sync(today)
    entries = AuditEntry.objects.count()
    assert sync(today) == SyncResult()
    assert AuditEntry.objects.count() == entries == 1


def test_people_named_in_the_audience_are_marked_so(
    offering: Offering, audience: Audience, today: dt.date
) -> None:
    audience.included.add(PersonFactory())
    sync(today)
    assert Enrolment.objects.get().assigned_by == AssignedBy.NAMED


def test_nobody_is_enrolled_in_a_voluntary_one_or_an_unpublished_course(
    offering: Offering, section: Unit, today: dt.date
) -> None:
    member(section)
    Offering.objects.update(is_mandatory=False)
    assert sync(today) == SyncResult()
    Offering.objects.update(is_mandatory=True)
    offering.course.unpublish()
    assert sync(today) == SyncResult()


def test_a_mover_is_withdrawn_from_the_first_day_elsewhere(
    offering: Offering, section: Unit
) -> None:
    mover = member(section, ends_on=dt.date(2026, 9, 30))
    PostingFactory(person=mover, unit=make_unit("他課"), starts_on=dt.date(2026, 10, 1))
    sync(APRIL_1)
    assert sync(dt.date(2026, 9, 30)) == SyncResult()
    assert sync(dt.date(2026, 10, 1)) == SyncResult(withdrawn=1)
    enrolment = Enrolment.objects.get()
    assert status(enrolment, dt.date(2026, 9, 30)) == Status.NOT_STARTED
    assert status(enrolment, dt.date(2026, 10, 1)) == Status.WITHDRAWN
    assert sync(dt.date(2026, 10, 2)) == SyncResult()


def test_a_leaver_is_withdrawn_the_day_after_the_last_post(
    offering: Offering, section: Unit
) -> None:
    member(section, ends_on=dt.date(2026, 6, 30))
    sync(APRIL_1)
    assert sync(dt.date(2026, 6, 30)) == SyncResult()
    assert sync(dt.date(2026, 7, 1)) == SyncResult(withdrawn=1)


def test_a_returner_is_reinstated_and_the_days_count_anew_if_later(
    offering: Offering, section: Unit
) -> None:
    Offering.objects.update(due_on=dt.date(2026, 5, 31))
    person = member(section, ends_on=dt.date(2026, 6, 30))
    PostingFactory(person=person, unit=section, starts_on=dt.date(2026, 10, 1))
    sync(APRIL_1)
    sync(dt.date(2026, 7, 1))
    assert sync(dt.date(2026, 10, 1)) == SyncResult(reinstated=1)
    enrolment = Enrolment.objects.get()
    assert enrolment.assigned_on == APRIL_1
    assert enrolment.due_on == dt.date(2026, 10, 31)
    assert status(enrolment, dt.date(2026, 9, 30)) == Status.WITHDRAWN
    assert status(enrolment, dt.date(2026, 10, 1)) == Status.NOT_STARTED
    assert Release.objects.get().ends_on == dt.date(2026, 9, 30)
    assert sync(dt.date(2026, 10, 1)) == SyncResult()


def test_a_later_due_day_is_not_brought_forward_by_a_return(
    offering: Offering, audience: Audience, section: Unit
) -> None:
    person = member(section)
    sync(APRIL_1)
    audience.excluded.add(person)
    sync(dt.date(2026, 5, 1))
    audience.excluded.clear()
    sync(dt.date(2026, 5, 8))
    assert Enrolment.objects.get().due_on == dt.date(2026, 12, 28)


def test_a_withdrawal_of_the_same_day_disappears(
    offering: Offering, audience: Audience, section: Unit, today: dt.date
) -> None:
    person = member(section)
    sync(today)
    audience.excluded.add(person)
    assert sync(today) == SyncResult(withdrawn=1)
    audience.excluded.clear()
    assert sync(today) == SyncResult(reinstated=1)
    assert not Release.objects.exists()


def test_what_hr_withdrew_stays_withdrawn(
    offering: Offering, section: Unit, today: dt.date
) -> None:
    member(section)
    sync(APRIL_1)
    enrolments.withdraw(
        Enrolment.objects.get(), starts_on=today, reason="誤り", by=PersonFactory(), at=at(today)
    )
    assert sync(today) == SyncResult()
    assert sync(today + ONE_DAY) == SyncResult()


def test_whoever_is_on_leave_is_enrolled_on_returning(offering: Offering, section: Unit) -> None:
    person = member(section)
    LeaveFactory(person=person, starts_on=APRIL_1, ends_on=dt.date(2026, 9, 30))
    assert sync(dt.date(2026, 9, 30)) == SyncResult()
    assert sync(dt.date(2026, 10, 1)) == SyncResult(assigned=1)
    assert Enrolment.objects.get().assigned_on == dt.date(2026, 10, 1)


def test_leave_that_begins_later_does_not_withdraw(offering: Offering, section: Unit) -> None:
    person = member(section)
    sync(APRIL_1)
    LeaveFactory(person=person, starts_on=dt.date(2026, 5, 1))
    assert sync(dt.date(2026, 5, 1)) == SyncResult()


def test_what_is_completed_is_never_touched(offering: Offering, now: dt.datetime) -> None:
    EnrolmentFactory(offering=offering, started_at=now, completed_at=now)
    assert sync(now.date()) == SyncResult()
    assert not Release.objects.exists()


def test_who_enrolled_by_own_wish_stays_until_leaving(offering: Offering, section: Unit) -> None:
    Offering.objects.update(is_mandatory=False)
    person = member(section, ends_on=dt.date(2026, 9, 30))
    moved = PostingFactory(
        person=person,
        unit=make_unit("他課"),
        starts_on=dt.date(2026, 10, 1),
        ends_on=dt.date(2026, 12, 31),
    )
    offering.refresh_from_db()
    enrolments.enrol_self(person, offering, at=at(APRIL_1))
    assert sync(dt.date(2026, 10, 1)) == SyncResult()
    assert sync(dt.date(2027, 1, 1)) == SyncResult(withdrawn=1)
    Posting.objects.filter(pk=moved.pk).update(ends_on=None)
    assert sync(dt.date(2027, 1, 5)) == SyncResult(reinstated=1)


def test_two_posts_make_one_enrolment(offering: Offering, section: Unit, today: dt.date) -> None:
    person = member(section)
    PostingFactory(person=person, unit=section, kind="concurrent")
    assert sync(today) == SyncResult(assigned=1)


def test_own_wish_needs_an_open_voluntary_offering_and_its_audience(
    offering: Offering, section: Unit
) -> None:
    person, stranger = member(section), member(make_unit("他課"))
    with pytest.raises(RuleViolation, match="人財課が割り当てます"):
        enrolments.enrol_self(person, offering, at=at(APRIL_1))
    offering.is_mandatory = False
    offering.save()
    with pytest.raises(RuleViolation, match="ほかの職員が対象"):
        enrolments.enrol_self(stranger, offering, at=at(APRIL_1))
    with pytest.raises(RuleViolation, match="令和8年4月1日"):
        enrolments.enrol_self(person, offering, at=at(APRIL_1 - ONE_DAY))
    with pytest.raises(RuleViolation, match="令和9年3月31日"):
        enrolments.enrol_self(person, offering, at=at(dt.date(2027, 4, 1)))
    first = enrolments.enrol_self(person, offering, at=at(APRIL_1))
    assert first.assigned_by == AssignedBy.SELF
    assert enrolments.enrol_self(person, offering, at=at(APRIL_1 + ONE_DAY)) == first


def test_a_waiver_holds_on_both_its_days_and_gives_the_days_back(
    offering: Offering, today: dt.date
) -> None:
    Offering.objects.update(due_on=dt.date(2026, 5, 31))
    enrolment = EnrolmentFactory(offering=offering, due_on=dt.date(2026, 5, 31))
    hr = PersonFactory()
    release = enrolments.waive(
        enrolment, starts_on=dt.date(2026, 5, 1), ends_on=None, reason="育休", by=hr, at=at(today)
    )
    enrolments.end_release(release, ends_on=dt.date(2026, 9, 30), by=hr, at=at(today))
    assert status(enrolment, dt.date(2026, 4, 30)) == Status.NOT_STARTED
    assert status(enrolment, dt.date(2026, 5, 1)) == Status.WAIVED
    assert status(enrolment, dt.date(2026, 9, 30)) == Status.WAIVED
    assert status(enrolment, dt.date(2026, 10, 1)) == Status.NOT_STARTED
    enrolment.refresh_from_db()
    assert enrolment.due_on == dt.date(2026, 10, 31)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "enrolment.waived",
        "enrolment.reinstated",
    ]


def test_a_release_that_never_held_is_taken_away(offering: Offering, today: dt.date) -> None:
    hr = PersonFactory()
    release = enrolments.withdraw(
        EnrolmentFactory(offering=offering), starts_on=today, reason="誤り", by=hr, at=at(today)
    )
    enrolments.end_release(release, ends_on=today - ONE_DAY, by=hr, at=at(today))
    assert not Release.objects.exists()
    with pytest.raises(RuleViolation):
        enrolments.end_release(release, ends_on=today - ONE_DAY, by=hr, at=at(today))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "reason"),
    [
        (dt.date(2026, 5, 10), None, "二重"),
        (dt.date(2026, 4, 1), dt.date(2026, 5, 1), "二重"),
        (dt.date(2026, 7, 2), dt.date(2026, 7, 1), "逆"),
        (dt.date(2026, 7, 2), None, " "),
    ],
)
def test_a_waiver_that_makes_no_sense_is_refused(
    offering: Offering, today: dt.date, starts_on: dt.date, ends_on: dt.date | None, reason: str
) -> None:
    enrolment, hr = EnrolmentFactory(offering=offering), PersonFactory()
    enrolments.waive(
        enrolment,
        starts_on=dt.date(2026, 5, 1),
        ends_on=dt.date(2026, 5, 31),
        reason="育休",
        by=hr,
        at=at(today),
    )
    with pytest.raises(RuleViolation):
        enrolments.waive(
            enrolment, starts_on=starts_on, ends_on=ends_on, reason=reason, by=hr, at=at(today)
        )
    assert Release.objects.filter(kind=ReleaseKind.WAIVER).count() == 1


def test_a_completed_enrolment_cannot_be_waived(offering: Offering, now: dt.datetime) -> None:
    enrolment = EnrolmentFactory(offering=offering, started_at=now, completed_at=now)
    with pytest.raises(RuleViolation):
        enrolments.waive(
            enrolment, starts_on=now.date(), ends_on=None, reason="育休", by=PersonFactory(), at=now
        )


def test_a_change_of_people_runs_as_one_job(offering: Offering, section: Unit) -> None:
    member(section)
    for _ in range(3):
        jobs.announce("people.changed", at=timezone.now())
    tasks.sync_enrolments_nightly()
    job = Job.objects.get()
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.error, job.result) == (
        "",
        {"assigned": 1, "withdrawn": 0, "reinstated": 0, "completed": 0},
    )


def test_the_command_goes_by_the_day_it_is_given(
    offering: Offering, section: Unit, capsys: pytest.CaptureFixture[str]
) -> None:
    member(section)
    call_command("sync_enrolments", "--as-of", "2026-03-31")
    call_command("sync_enrolments", "--as-of", "2026-04-01")
    assert capsys.readouterr().out.splitlines() == [
        "2026-03-31: assigned 0, withdrawn 0, reinstated 0, completed 0",
        "2026-04-01: assigned 1, withdrawn 0, reinstated 0, completed 0",
    ]


def queries_of_a_sync(on: dt.date) -> int:
    with CaptureQueriesContext(
        connection,
    ) as context:
        sync(on)
    return len(context)


def test_more_people_cost_no_more_queries(
    offering: Offering, section: Unit, today: dt.date
) -> None:
    PostingFactory.create_batch(1, unit=section)
    first = queries_of_a_sync(today)
    PostingFactory.create_batch(30, unit=section)
    assert queries_of_a_sync(today) == first


def test_ten_thousand_people_in_three_offerings(section: Unit, today: dt.date) -> None:
    people = Person.objects.bulk_create(
        Person(employee_number=f"{n:06}", name=f"職員{n}", search_key=str(n)) for n in range(10_000)
    )
    Posting.objects.bulk_create(
        Posting(person=person, unit=section, starts_on=APRIL_1, public_on=APRIL_1)
        for person in people
    )
    for number in range(3):
        OfferingFactory(course=make_course(f"研修{number}", f"course-{number}"))
    with CaptureQueriesContext(connection) as assigning:
        assert sync(today) == SyncResult(assigned=30_000)
    Posting.objects.update(ends_on=today)
    with CaptureQueriesContext(connection) as withdrawing:
        assert sync(today + ONE_DAY) == SyncResult(withdrawn=30_000)
    Posting.objects.update(ends_on=None)
    with CaptureQueriesContext(connection) as reinstating:
        assert sync(today + 2 * ONE_DAY) == SyncResult(reinstated=30_000)
    with CaptureQueriesContext(connection) as nothing:
        assert sync(today + 2 * ONE_DAY) == SyncResult()
    # 11 to look at an offering; the rest writes rows, some hundred at once.
    assert len(nothing) == 3 + 11 * 3
    assert max(len(assigning), len(withdrawing), len(reinstating)) < 360
