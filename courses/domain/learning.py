"""What a learner sees of an enrolment: its steps in order, and what comes next. Reading only."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext
from wagtail.models import Page

from courses.enums import ReleaseKind, Status
from courses.models import CoursePage, Enrolment, Offering, Release, StepPage, StepProgress
from lms.core.calendar import era_date
from lms.people.models import Person

NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class StepState:
    page: StepPage
    number: int
    completed_at: dt.datetime | None
    lock_reason: str
    is_current: bool

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None

    @property
    def is_locked(self) -> bool:
        return bool(self.lock_reason)


@dataclass(frozen=True)
class Place:
    """A step with its neighbours."""

    state: StepState
    previous: StepState | None
    following: StepState | None


def live_steps(course: CoursePage) -> list[StepPage]:
    """The steps that count today, in the order of learning."""
    return list(StepPage.objects.child_of(course).live().order_by("path"))


def outline(enrolment: Enrolment) -> list[StepState]:
    """Every live step with its state. A step is locked until all before it are completed."""
    done = dict(
        StepProgress.objects.filter(enrolment=enrolment).values_list("page_id", "completed_at")
    )
    states = []
    waits_for: StepPage | None = None
    for number, page in enumerate(live_steps(enrolment.offering.course), start=1):
        completed_at = done.get(page.pk)
        reason = ""
        if completed_at is None and waits_for is not None and enrolment.completed_at is None:
            reason = gettext("Complete “%(step)s” first.") % {"step": waits_for.title}
        is_current = completed_at is None and waits_for is None
        states.append(StepState(page, number, completed_at, reason, is_current))
        if is_current:
            waits_for = page
    return states


def preview_outline(course: CoursePage) -> list[StepState]:
    """The steps as somebody sees them who is not enrolled: none done, none locked."""
    return [
        StepState(page, number, completed_at=None, lock_reason="", is_current=False)
        for number, page in enumerate(live_steps(course), start=1)
    ]


def around(states: Sequence[StepState], page: Page) -> Place | None:
    """Where a page stands among the steps; None if it is no live step."""
    for index, state in enumerate(states):
        if state.page.pk == page.pk:
            return Place(
                state=state,
                previous=states[index - 1] if index else None,
                following=states[index + 1] if index + 1 < len(states) else None,
            )
    return None


def next_step(states: Sequence[StepState]) -> StepState | None:
    """The first step that is not completed; None when all are."""
    return next((state for state in states if not state.is_completed), None)


def not_open_reason(offering: Offering, *, on: dt.date) -> str:
    """Why nothing can be completed in the offering on the day; empty when it can."""
    if on < offering.opens_on:
        return gettext("This course opens on %(day)s.") % {"day": era_date(offering.opens_on)}
    if offering.closes_on is not None and on > offering.closes_on:
        return gettext("This course closed on %(day)s. Ask HR if you still need it.") % {
            "day": era_date(offering.closes_on)
        }
    return ""


def obstacle(enrolment: Enrolment, *, on: dt.date) -> str:
    """Why the person cannot learn here on the day, as a sentence; empty when they can."""
    if reason := not_open_reason(enrolment.offering, on=on):
        return reason
    if enrolment.completed_at is not None:
        return ""
    kinds = set(
        Release.objects.in_force(on=on).filter(enrolment=enrolment).values_list("kind", flat=True)
    )
    if ReleaseKind.WITHDRAWAL in kinds:
        return gettext("Your enrolment was withdrawn. Ask HR if you want to take this course.")
    if ReleaseKind.WAIVER in kinds:
        return gettext("You are waived from this course. There is nothing you need to do.")
    return ""


@dataclass(frozen=True)
class Mine:
    """One's own enrolments, as the list of courses shows them."""

    to_do: list[Enrolment]
    waived: list[Enrolment]
    completed: list[Enrolment]


def mine(person: Person, *, on: dt.date) -> Mine:
    """What is to do by due day, what is completed newest first; nothing that was withdrawn."""
    enrolments = list(
        Enrolment.objects.filter(person=person, offering__course__live=True)
        .assigned(on=on)
        .with_status(on=on)
        .exclude(status=Status.WITHDRAWN)
        .select_related("offering__course", "certificate")
        .order_by(F("due_on").asc(nulls_last=True), "offering__course__title", "pk")
    )
    completed = [enrolment for enrolment in enrolments if enrolment.status == Status.COMPLETED]
    return Mine(
        to_do=[
            enrolment
            for enrolment in enrolments
            if enrolment.status in (Status.NOT_STARTED, Status.IN_PROGRESS)
        ],
        waived=[enrolment for enrolment in enrolments if enrolment.status == Status.WAIVED],
        completed=sorted(
            completed, key=lambda enrolment: enrolment.completed_at or NEVER, reverse=True
        ),
    )


def enrolment_for(person: Person, course: CoursePage, *, on: dt.date) -> Enrolment | None:
    """The enrolment that the course's page acts on."""
    return enrolments_for(person, [course], on=on).get(course.pk)


def enrolments_for(
    person: Person, courses: Iterable[CoursePage], *, on: dt.date
) -> dict[int, Enrolment]:
    """For each course, by its key, the enrolment that its page acts on.

    What can still be done comes first, then what is open, then the newest 年度. Completed ones stay
    readable when their offering has closed; withdrawn ones do not.
    """
    enrolments = (
        Enrolment.objects.filter(person=person, offering__course__in=courses)
        .with_status(on=on)
        .exclude(status=Status.WITHDRAWN)
        .select_related("offering__course", "certificate", "person")
    )

    def priority(enrolment: Enrolment) -> tuple[bool, bool, int, int]:
        is_open = not not_open_reason(enrolment.offering, on=on)
        to_do = enrolment.status in (Status.NOT_STARTED, Status.IN_PROGRESS)
        return is_open and to_do, is_open, enrolment.offering.fiscal_year, enrolment.pk

    return {
        enrolment.offering.course_id: enrolment for enrolment in sorted(enrolments, key=priority)
    }
