import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from courses.domain.enrolments import sync_enrolments
from courses.domain.learning import live_steps
from courses.enums import ReleaseKind, Status
from courses.models import Certificate, Enrolment, Offering, Release, StepProgress
from lms.core.models import AuditEntry
from lms.demo import roster
from lms.demo.accounts import DEMO_ACCOUNTS, PASSWORD
from lms.demo.loading import load_demo
from lms.home.domain.my_page import may_take, my_courses
from lms.home.domain.news import RENEWED, news
from lms.people.domain.roster.profiles import get_profile
from lms.people.domain.roster.run import preview_roster
from lms.people.domain.roster.table import read_table
from lms.people.enums import Role
from lms.people.models import Person, Posting, Unit
from quizzes.models import Attempt, Response

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 11, 23)
AT = timezone.make_aware(dt.datetime.combine(ON, dt.time(15)))
PEOPLE = 120
SLUGS = ["security-2024", "security-2025", "security-2026"]
OBLIGING = ["leak-drill-2026", "newcomers-2026", "personal-data-2026"]


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Loading takes seconds: once for all tests here, each of which leaves it as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo(people=PEOPLE, at=AT)
        yield
        transaction.set_rollback(True)


def statuses(offering: Offering, on: dt.date) -> dict[str, int]:
    rows = offering.enrolments.assigned(on=on).with_status(on=on)
    return dict(rows.order_by().values_list("status").annotate(Count("pk")))


def test_there_are_as_many_people_as_asked_for() -> None:
    assert Person.objects.posted(on=ON).count() == PEOPLE


def test_the_published_accounts_sign_in_and_nobody_else() -> None:
    for account in DEMO_ACCOUNTS:
        person = authenticate(username=account.employee_number, password=PASSWORD)
        assert isinstance(person, Person)
        assert not person.must_change_password
        assert person.roles == frozenset(account.roles)
    usable = [person for person in Person.objects.all() if person.has_usable_password()]
    assert len(usable) == len(DEMO_ACCOUNTS)


def test_the_published_password_would_be_accepted_from_anybody() -> None:
    for person in Person.objects.filter(employee_number__startswith="1000"):
        validate_password(PASSWORD, person)


def test_each_role_has_an_account() -> None:
    roles = {role for account in DEMO_ACCOUNTS for role in account.roles}
    assert roles == set(Role)
    assert Person.objects.filter(is_superuser=True).count() == 1


def test_the_demo_employee_has_this_years_course_ahead_and_the_others_behind() -> None:
    employee = Person.objects.get(employee_number="100001")
    mine = Enrolment.objects.filter(person=employee)
    *past, now = mine.filter(offering__slug__in=SLUGS).order_by("offering__fiscal_year")
    assert [enrolment.completed_at is not None for enrolment in past] == [True, True]
    assert (now.started_at, now.completed_at) == (None, None)
    assert now.due_on is not None
    assert dt.timedelta(days=14) <= now.due_on - ON <= dt.timedelta(days=28)
    others = mine.exclude(offering__slug__in=SLUGS)
    assert [enrolment.offering.slug for enrolment in others] == ["personal-data-2026"]
    assert not others.filter(completed_at=None).exists()


def test_the_demo_employee_is_told_of_one_renewed_lesson() -> None:
    person = Person.objects.get(employee_number="100001")
    [one] = news(my_courses(person, on=ON), may_take(person, on=ON), on=ON)
    assert (one.kind, one.on) == (RENEWED, ON - dt.timedelta(days=4))


def test_the_head_of_the_section_sees_the_demo_employee() -> None:
    head = Person.objects.get(employee_number="100002")
    assert Person.objects.visible_to(head, on=ON).filter(employee_number="100001").exists()


def test_past_years_look_like_life() -> None:
    mandatory = Offering.objects.filter(is_mandatory=True).order_by("slug")
    assert list(mandatory.values_list("slug", flat=True)) == sorted(OBLIGING + SLUGS)
    for offering in Offering.objects.filter(slug__in=SLUGS[:2]):
        counts = statuses(offering, ON)
        assert counts[Status.COMPLETED] > 0.8 * PEOPLE
        assert counts[Status.NOT_STARTED] + counts.get(Status.IN_PROGRESS, 0) > 0
        late = offering.enrolments.filter(completed_at__date__gt=F("due_on"))
        assert late.exists()
        attempts = Attempt.objects.filter(enrolment__offering=offering)
        assert attempts.filter(score__lt=F("pass_mark")).exists()
    releases = Release.objects.values_list("kind", flat=True)
    assert set(releases) == {ReleaseKind.WAIVER, ReleaseKind.WITHDRAWAL}


def test_this_year_is_partly_done() -> None:
    counts = statuses(Offering.objects.get(slug="security-2026"), ON)
    enrolled = sum(counts.values())
    assert 0.4 < counts[Status.COMPLETED] / enrolled < 0.8
    assert counts[Status.IN_PROGRESS] > 0
    assert counts[Status.NOT_STARTED] > 0


@pytest.mark.parametrize("slug", SLUGS + OBLIGING)
def test_nothing_happens_after_the_day_of_the_demo(slug: str) -> None:
    rows = Enrolment.objects.filter(offering__slug=slug)
    assert not rows.filter(Q(completed_at__gt=AT) | Q(started_at__gt=AT)).exists()
    assert not rows.filter(assigned_on__gt=ON).exists()
    assert not Attempt.objects.filter(submitted_at__gt=AT).exists()


def test_whoever_completed_was_in_post_and_not_released_on_the_day() -> None:
    for enrolment in Enrolment.objects.exclude(completed_at=None).select_related("posting"):
        day = timezone.localdate(enrolment.completed_at)
        posting = enrolment.posting
        assert posting is not None
        assert posting.starts_on <= day
        assert posting.ends_on is None or day <= posting.ends_on
        assert not enrolment.releases.exists()
        assert enrolment.assigned_on <= day


def test_completed_means_every_step_and_a_passed_quiz() -> None:
    for offering in Offering.objects.filter(slug__in=SLUGS + OBLIGING):
        steps = len(live_steps(offering.course))
        mine = offering.enrolments.annotate(done=Count("steps"))
        assert set(mine.exclude(completed_at=None).values_list("done", flat=True)) == {steps}
        assert not mine.filter(completed_at=None, done__gte=steps).exists()
    completed = Enrolment.objects.exclude(completed_at=None)
    assert not StepProgress.objects.filter(revision=None).exists()
    for enrolment in completed.prefetch_related("attempts"):
        *failed, last = sorted(enrolment.attempts.all(), key=lambda attempt: attempt.number)
        assert last.has_passed
        assert not any(attempt.has_passed for attempt in failed)
        assert last.score == enrolment.score


def test_answers_add_up_to_the_score() -> None:
    attempts = Attempt.objects.annotate(
        asked=Count("responses"), right=Count("responses", filter=Q(responses__is_correct=True))
    )
    rows = list(attempts.filter(asked__gt=0).values_list("asked", "right", "score"))
    assert rows
    assert all(score == right * 100 // asked for asked, right, score in rows)
    assert not Response.objects.filter(is_correct=None).exists()


def test_certificates_run_in_the_order_of_completion() -> None:
    assert (
        Certificate.objects.count()
        == Enrolment.objects.filter(offering__course__gives_certificate=True)
        .exclude(completed_at=None)
        .count()
        > PEOPLE
    )
    for letter in ("R6", "R7", "R8"):
        mine = Certificate.objects.filter(serial__startswith=f"{letter}-").order_by("serial")
        numbers = [
            int(serial.partition("-")[2]) for serial in mine.values_list("serial", flat=True)
        ]
        assert numbers == list(range(1, len(numbers) + 1))
        days = list(mine.values_list("enrolment__completed_at", flat=True))
        assert days == sorted(days)


def test_other_courses_are_open_to_whom_they_are_for_and_oblige_nobody() -> None:
    free = Offering.objects.filter(is_mandatory=False)
    assert not Enrolment.objects.filter(offering__in=free).exists()
    employee, head, without_mail = (
        Person.objects.get(employee_number=number) for number in ("100001", "100002", "100011")
    )
    for_all = {"digital-literacy-2026", "tools-2026", "generative-ai-2026"}
    assert offered(without_mail) == for_all
    assert offered(employee) == for_all | {"mail-drill-2026"}
    assert offered(head) == for_all | {"mail-drill-2026", "dx-managers-2026"}


def offered(person: Person) -> set[str]:
    return set(Offering.objects.offered_to(person, on=ON).values_list("slug", flat=True))


def test_the_courses_that_oblige_some_concern_only_these() -> None:
    year = dt.date(2026, 4, 1)
    newcomers = Enrolment.objects.filter(offering__slug="newcomers-2026")
    assert newcomers.exists()
    for enrolment in newcomers.select_related("person"):
        first = enrolment.person.postings.order_by("starts_on").first()
        assert first is not None
        assert year <= first.starts_on == enrolment.assigned_on
        assert enrolment.due_on == first.starts_on + dt.timedelta(days=14)
    handlers = Enrolment.objects.filter(offering__slug="personal-data-2026")
    late = handlers.filter(completed_at=None, due_on__lt=ON)
    assert 0 < late.count() < handlers.count() / 2
    drill = Enrolment.objects.filter(offering__slug="leak-drill-2026")
    assert drill.filter(person__employee_number__in=("100002", "100006", "100009")).count() == 3
    assert not drill.filter(person__employee_number__in=("100001", "100011")).exists()


def test_the_same_day_synced_again_changes_nothing() -> None:
    assert not sync_enrolments(on=ON, at=AT).changed


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("by", ["unit", "person"])
def test_reports_reconcile(slug: str, by: str, tmp_path: Path) -> None:
    year = int(slug[-4:])
    for on in (dt.date(year, 9, 1), min(ON, dt.date(year + 1, 3, 31))):
        path = tmp_path / f"{on}.csv"
        call_command(
            "completion_report",
            offering=slug,
            by=by,
            as_of=on.isoformat(),
            format="csv",
            encoding="utf-8-sig",
            output=str(path),
        )
        text = path.read_text(encoding="utf-8-sig")
        assert_reconciles(text, sum(statuses(Offering.objects.get(slug=slug), on).values()))


def assert_reconciles(text: str, enrolled: int) -> None:
    table = list(csv.reader(text.splitlines()))
    start = next(number for number, row in enumerate(table) if "対象" in row)
    heading, rows = table[start], [row for row in table[start + 1 :] if row]
    assert rows
    for row in rows:
        cells = dict(zip(heading, row, strict=True))
        parts = [int(cells[name]) for name in ("免除", "取下", "修了", "受講中", "未着手")]
        assert int(cells["対象"]) == sum(parts)
    assert int(dict(zip(heading, rows[-1], strict=True))["対象"]) == enrolled


def test_a_transfer_that_is_not_public_is_hidden_from_the_public() -> None:
    assert Posting.objects.filter(public_on__gt=ON).exists()
    assert not Posting.objects.public(on=ON).filter(public_on__gt=ON).exists()


def test_closed_units_name_what_came_after() -> None:
    closed = Unit.objects.filter(ends_on__lt=ON)
    assert {unit.name: [after.name for after in unit.successors.all()] for unit in closed} == {
        "情報政策課": ["デジタル戦略課"],
        "保育課": ["ほいく課"],
    }


def test_it_is_noted_who_loaded_what() -> None:
    entry = AuditEntry.objects.get(action="demo.loaded")
    assert json.dumps(entry.detail)
    assert entry.detail["people"] == PEOPLE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_the_staff_as_a_roster_is_what_the_records_say(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(roster.as_csv(roster.staff(on=ON), encoding=encoding))
    result = preview_roster(read_table(path), get_profile("standard"), as_of=ON)
    assert result.summary["errors"] == []
    assert [result.summary[key] for key in ("joined", "moved", "left")] == [0, 0, 0]


def test_the_roster_of_next_month_has_something_to_show(tmp_path: Path) -> None:
    on = dt.date(2026, 12, 1)
    path = tmp_path / "roster.csv"
    rows = roster.next_month(roster.staff(on=on), on=on)
    path.write_bytes(roster.as_csv(rows, encoding="utf-8-sig"))
    result = preview_roster(read_table(path), get_profile("standard"), as_of=on)
    assert result.summary["errors"] == []
    assert [result.summary[key] for key in ("joined", "moved", "left")] == [2, 3, 1]
