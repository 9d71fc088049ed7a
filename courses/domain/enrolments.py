"""Who is enrolled in what: by the audience, by own wish, and released from it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from courses.domain import audiences, learning
from courses.enums import AssignedBy, ReleaseKind
from courses.models import Audience, Enrolment, Offering, Release
from lms.core import audit, jobs
from lms.core.errors import RuleViolation
from lms.core.models import Job
from lms.people.models import Leave, Person

SYNC_JOB = "courses.tasks.sync_enrolments"
ROWS_AT_ONCE = 1000
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class SyncResult:
    assigned: int = 0
    withdrawn: int = 0
    reinstated: int = 0

    def __add__(self, other: "SyncResult") -> "SyncResult":
        return SyncResult(
            self.assigned + other.assigned,
            self.withdrawn + other.withdrawn,
            self.reinstated + other.reinstated,
        )

    @property
    def changed(self) -> bool:
        return bool(self.assigned or self.withdrawn or self.reinstated)


def request_sync(*, by: Person | None, at: dt.datetime) -> Job:
    """Have the enrolments brought in line by the worker, once however often it is asked."""
    return jobs.enqueue(SYNC_JOB, by=by, at=at, once=True)


def sync_enrolments(
    *,
    on: dt.date,
    at: dt.datetime,
    by: Person | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SyncResult:
    """Bring the enrolments of every open offering in line with its audience on the day.

    Members of a mandatory offering's audience are enrolled, those who are no longer members are
    withdrawn from that day on, and those who come back are reinstated. Nobody is enrolled before
    the opening day, nor while on leave; what is completed is never touched. Each offering is one
    transaction, and a second run changes nothing.
    """
    offerings = list(
        Offering.objects.open(on=on).filter(course__live=True).values_list("pk", flat=True)
    )
    on_leave = set(Leave.objects.in_force(on=on).order_by().values_list("person_id", flat=True))
    gone = set(
        Person.objects.filter(audiences.has_left(on=on)).order_by().values_list("pk", flat=True)
    )
    total = SyncResult()
    for number, pk in enumerate(offerings, start=1):
        with transaction.atomic():
            offering = (
                Offering.objects.select_for_update(of=("self",))
                .select_related("audience")
                .get(pk=pk)
            )
            result = _sync(offering, on_leave, gone, on=on, at=at)
            if result.changed:
                audit.record(
                    "offering.synced",
                    by=by,
                    at=at,
                    subject=offering,
                    on=on.isoformat(),
                    assigned=result.assigned,
                    withdrawn=result.withdrawn,
                    reinstated=result.reinstated,
                )
        total += result
        if progress:
            progress(number, len(offerings))
    return total


def _sync(
    offering: Offering, on_leave: set[int], gone: set[int], *, on: dt.date, at: dt.datetime
) -> SyncResult:
    conditions = audiences.conditions_of(offering.audience)
    members = set(audiences.members_by(conditions, on=on).order_by().values_list("pk", flat=True))
    enrolments = list(Enrolment.objects.filter(offering=offering))
    withdrawals = _withdrawals(offering, on=on)

    leavers: list[Enrolment] = []
    returners: list[Enrolment] = []
    for enrolment in enrolments:
        if enrolment.completed_at is not None:
            continue
        by_audience = offering.is_mandatory and enrolment.assigned_by != AssignedBy.SELF
        belongs = enrolment.person_id in members if by_audience else enrolment.person_id not in gone
        withdrawal = withdrawals.get(enrolment.pk)
        is_withdrawn = withdrawal is not None and withdrawal.starts_on <= on
        if not belongs and not is_withdrawn:
            leavers.append(enrolment)
        # What HR decided (decided_by) only HR takes back.
        elif (
            belongs
            and withdrawal is not None
            and is_withdrawn
            and withdrawal.decided_by_id is None
            and enrolment.person_id not in on_leave
        ):
            returners.append(enrolment)

    assigned = 0
    if offering.is_mandatory:
        enrolled = {enrolment.person_id for enrolment in enrolments}
        assigned = _assign(
            offering, sorted(members - enrolled - on_leave), conditions.included, on=on
        )
    _withdraw_all(leavers, withdrawals, on=on, at=at)
    _reinstate_all(offering, returners, withdrawals, on=on)
    return SyncResult(assigned, len(leavers), len(returners))


def _withdrawals(offering: Offering, *, on: dt.date) -> dict[int, Release]:
    """The withdrawal of each enrolment that holds on the day or begins later."""
    releases = (
        Release.objects.withdrawals()
        .filter(enrolment__offering=offering)
        .filter(Q(ends_on=None) | Q(ends_on__gte=on))
        .order_by("-starts_on")
    )
    return {release.enrolment_id: release for release in releases}


def _assign(
    offering: Offering, person_ids: list[int], named: frozenset[int], *, on: dt.date
) -> int:
    due_on = offering.due_for(on)
    # A person who enrols at this very moment is no error; the row that exists stays.
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                person_id=person_id,
                offering=offering,
                assigned_on=on,
                assigned_by=AssignedBy.NAMED if person_id in named else AssignedBy.AUDIENCE,
                due_on=due_on,
            )
            for person_id in person_ids
        ],
        batch_size=ROWS_AT_ONCE,
        ignore_conflicts=True,
    )
    return len(person_ids)


def _withdraw_all(
    leavers: list[Enrolment], later: dict[int, Release], *, on: dt.date, at: dt.datetime
) -> None:
    Release.objects.bulk_create(
        [
            Release(
                enrolment=enrolment,
                kind=ReleaseKind.WITHDRAWAL,
                starts_on=on,
                ends_on=later[enrolment.pk].starts_on - ONE_DAY if enrolment.pk in later else None,
                reason=gettext("No longer in the audience"),
                decided_at=at,
            )
            for enrolment in leavers
        ],
        batch_size=ROWS_AT_ONCE,
    )


def _reinstate_all(
    offering: Offering, returners: list[Enrolment], withdrawals: dict[int, Release], *, on: dt.date
) -> None:
    mine = [withdrawals[enrolment.pk] for enrolment in returners]
    for keys in _in_parts([release.pk for release in mine if release.starts_on == on]):
        Release.objects.filter(pk__in=keys).delete()
    for keys in _in_parts([release.pk for release in mine if release.starts_on < on]):
        Release.objects.filter(pk__in=keys).update(ends_on=on - ONE_DAY)
    due_on = offering.due_for(on)
    if due_on is None:
        return
    for keys in _in_parts([enrolment.pk for enrolment in returners]):
        Enrolment.objects.filter(pk__in=keys).exclude(due_on__gte=due_on).update(due_on=due_on)


def _in_parts(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), ROWS_AT_ONCE):
        yield keys[start : start + ROWS_AT_ONCE]


def _later(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def enrol_self(person: Person, offering: Offering, *, at: dt.datetime) -> Enrolment:
    """Enrol somebody by own wish in a voluntary offering. A second call returns the first one."""
    on = timezone.localdate(at)
    with transaction.atomic():
        existing = Enrolment.objects.filter(person=person, offering=offering).first()
        if existing is not None:
            return existing
        if offering.is_mandatory:
            raise RuleViolation(gettext("HR assigns this course. You do not enrol yourself."))
        if reason := learning.not_open_reason(offering, on=on):
            raise RuleViolation(reason)
        if not Audience.objects.containing(person, on=on).filter(pk=offering.audience_id).exists():
            raise RuleViolation(gettext("This course is meant for other staff. Ask HR."))
        enrolment, created = Enrolment.objects.get_or_create(
            person=person,
            offering=offering,
            defaults={
                "assigned_on": on,
                "assigned_by": AssignedBy.SELF,
                "due_on": offering.due_for(on),
            },
        )
        if created:
            audit.record(
                "enrolment.self_enrolled",
                by=person,
                at=at,
                subject=enrolment,
                person=person,
                offering=offering.slug,
            )
        return enrolment


def waive(
    enrolment: Enrolment,
    *,
    starts_on: dt.date,
    ends_on: dt.date | None,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> Release:
    """免除: between two days, both inclusive, the enrolment does not oblige."""
    return _release(
        enrolment,
        ReleaseKind.WAIVER,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        by=by,
        at=at,
    )


def withdraw(
    enrolment: Enrolment, *, starts_on: dt.date, reason: str, by: Person, at: dt.datetime
) -> Release:
    """取下: from the day on the enrolment does not concern the person, until HR takes it back."""
    return _release(
        enrolment,
        ReleaseKind.WITHDRAWAL,
        starts_on=starts_on,
        ends_on=None,
        reason=reason,
        by=by,
        at=at,
    )


def _release(
    enrolment: Enrolment,
    kind: ReleaseKind,
    *,
    starts_on: dt.date,
    ends_on: dt.date | None,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> Release:
    if not reason.strip():
        raise RuleViolation(gettext("Enter the reason."))
    if ends_on is not None and ends_on < starts_on:
        raise RuleViolation(gettext("Enter a last day that is not before the first day."))
    with transaction.atomic():
        locked = _lock(enrolment)
        if locked.completed_at is not None:
            raise RuleViolation(
                gettext("%(name)s has already completed this course.") % {"name": locked.person}
            )
        clash = locked.releases.filter(kind=kind).filter(
            Q(ends_on=None) | Q(ends_on__gte=starts_on)
        )
        if ends_on is not None:
            clash = clash.filter(starts_on__lte=ends_on)
        if clash.exists():
            raise RuleViolation(
                gettext("%(name)s is already %(state)s in these days. End that first.")
                % {"name": locked.person, "state": kind.label}
            )
        release = Release.objects.create(
            enrolment=locked,
            kind=kind,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip(),
            decided_by=by,
            decided_at=at,
        )
        audit.record(
            f"enrolment.{'waived' if kind == ReleaseKind.WAIVER else 'withdrawn'}",
            by=by,
            at=at,
            subject=locked,
            person=locked.person,
            starts_on=starts_on.isoformat(),
            ends_on=ends_on.isoformat() if ends_on else None,
            reason=release.reason,
        )
        return release


def end_release(release: Release, *, ends_on: dt.date, by: Person, at: dt.datetime) -> None:
    """Let a waiver or withdrawal hold up to this day only; one that had not begun is taken away.

    The days until the due day count anew from the day after, if that is later.
    """
    with transaction.atomic():
        enrolment = _lock(release.enrolment)
        current = Release.objects.filter(pk=release.pk).first()
        if current is None or (current.ends_on is not None and current.ends_on < ends_on):
            raise RuleViolation(gettext("It has already ended."))
        if ends_on < current.starts_on:
            current.delete()
        else:
            current.ends_on = ends_on
            current.save(update_fields=["ends_on"])
        if enrolment.completed_at is None:
            again_on = max(ends_on + ONE_DAY, current.starts_on)
            enrolment.due_on = _later(enrolment.due_on, enrolment.offering.due_for(again_on))
            enrolment.save(update_fields=["due_on"])
        audit.record(
            "enrolment.reinstated",
            by=by,
            at=at,
            subject=enrolment,
            person=enrolment.person,
            kind=current.kind,
            ends_on=ends_on.isoformat(),
        )


def renew_due_days(offering: Offering, *, by: Person, at: dt.datetime) -> int:
    """After the due rule changed: give everybody who is not done the day that it says now.

    Whoever was released counts from the day after. The number of enrolments that changed.
    """
    with transaction.atomic():
        unfinished = list(
            Enrolment.objects.select_for_update(of=("self",)).filter(
                offering=offering, completed_at=None
            )
        )
        ended = Release.objects.filter(
            enrolment__offering=offering, enrolment__completed_at=None, ends_on__isnull=False
        )
        back_on: dict[int, dt.date] = {}
        for enrolment_id, ends_on in ended.values_list("enrolment_id", "ends_on"):
            if ends_on is not None:
                day = ends_on + ONE_DAY
                back_on[enrolment_id] = max(day, back_on.get(enrolment_id, day))
        by_due_day: dict[dt.date | None, list[int]] = {}
        for enrolment in unfinished:
            since = max(enrolment.assigned_on, back_on.get(enrolment.pk, enrolment.assigned_on))
            due_on = offering.due_for(since)
            if due_on != enrolment.due_on:
                by_due_day.setdefault(due_on, []).append(enrolment.pk)
        for due_on, keys in by_due_day.items():
            for part in _in_parts(keys):
                Enrolment.objects.filter(pk__in=part).update(due_on=due_on)
        changed = sum(len(keys) for keys in by_due_day.values())
        if changed:
            audit.record(
                "offering.due_days_renewed", by=by, at=at, subject=offering, changed=changed
            )
        return changed


def _lock(enrolment: Enrolment) -> Enrolment:
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("offering", "person")
        .get(pk=enrolment.pk)
    )
