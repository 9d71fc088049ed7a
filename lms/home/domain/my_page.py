"""What my page tells: what is due, where to go on, what is done. Reading only."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q

from courses.domain.learning import not_open_reason
from courses.enums import Status
from courses.models import (
    CoursePage,
    Enrolment,
    Offering,
    ReadingPlace,
    StepPage,
    StepProgress,
)
from lms.people.models import Person, Posting, Unit

# From this many days before the due day it is said with emphasis.
SOON_DAYS = 7


@dataclass(frozen=True)
class MyCourse:
    """One enrolment with how far it is.

    ``next_step`` is where the person goes on, ``section`` the heading in it that was read last.
    """

    enrolment: Enrolment
    obstacle: str
    steps_done: int = 0
    steps_total: int = 0
    next_step: StepPage | None = None
    section: str = ""
    is_late: bool = False
    is_soon: bool = False

    @property
    def course(self) -> CoursePage:
        course: CoursePage = self.enrolment.offering.course
        return course

    @property
    def is_open(self) -> bool:
        return self.next_step is not None and not self.obstacle

    def is_closed(self, *, on: dt.date) -> bool:
        """The offering is over: nothing can be done about it any more."""
        closes_on = self.enrolment.offering.closes_on
        return closes_on is not None and closes_on < on

    @property
    def is_started(self) -> bool:
        return self.enrolment.started_at is not None


@dataclass
class MyCourses:
    to_do: list[MyCourse] = field(default_factory=list)
    closed: list[MyCourse] = field(default_factory=list)
    completed: list[Enrolment] = field(default_factory=list)
    waived: list[Enrolment] = field(default_factory=list)

    @property
    def first_open(self) -> MyCourse | None:
        """Where the person had best go on: the page's one main action."""
        return next((course for course in self.to_do if course.is_open), None)

    @property
    def is_empty(self) -> bool:
        return not (self.to_do or self.closed or self.completed or self.waived)


@dataclass(frozen=True)
class Section:
    """How far the staff of a head's units are, over the mandatory courses that run now."""

    names: list[str]
    done: int
    total: int
    late_people: int


def my_courses(person: Person, *, on: dt.date) -> MyCourses:
    """Every enrolment of the person that is not withdrawn: to do by due day, done newest first."""
    enrolments = (
        Enrolment.objects.filter(person=person)
        .assigned(on=on)
        .with_status(on=on)
        .exclude(status=Status.WITHDRAWN)
        .select_related("offering__course", "certificate")
    )
    mine = MyCourses()
    unfinished: list[Enrolment] = []
    for enrolment in enrolments:
        if enrolment.status == Status.COMPLETED:
            mine.completed.append(enrolment)
        elif enrolment.status == Status.WAIVED:
            mine.waived.append(enrolment)
        else:
            unfinished.append(enrolment)
    mine.completed.sort(key=lambda enrolment: (enrolment.completed_at, enrolment.pk), reverse=True)
    mine.waived.sort(key=_by_due_day)
    for course in _with_steps(sorted(unfinished, key=_by_due_day), on=on):
        (mine.closed if course.is_closed(on=on) else mine.to_do).append(course)
    return mine


def _by_due_day(enrolment: Enrolment) -> tuple[dt.date, str, int]:
    return enrolment.due_on or dt.date.max, enrolment.offering.course.title, enrolment.pk


def _with_steps(enrolments: list[Enrolment], *, on: dt.date) -> list[MyCourse]:
    """Three queries, however many courses there are."""
    if not enrolments:
        return []
    courses = {enrolment.offering.course.path for enrolment in enrolments}
    below = Q()
    for path in courses:
        below |= Q(path__startswith=path)
    steps: dict[str, list[StepPage]] = defaultdict(list)
    for step in StepPage.objects.live().filter(below).order_by("path"):
        steps[step.path[: -step.steplen]].append(step)
    done: dict[int, set[int]] = defaultdict(set)
    for enrolment_id, page_id in StepProgress.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id", "page_id"
    ):
        done[enrolment_id].add(page_id)
    places: dict[int, dict[int, str]] = defaultdict(dict)
    for place in ReadingPlace.objects.filter(enrolment__in=enrolments):
        places[place.enrolment_id][place.page_id] = place.section
    return [
        _my_course(
            enrolment,
            steps[enrolment.offering.course.path],
            done[enrolment.pk],
            places[enrolment.pk],
            on=on,
        )
        for enrolment in enrolments
    ]


def _my_course(
    enrolment: Enrolment,
    steps: list[StepPage],
    done: set[int],
    places: dict[int, str],
    *,
    on: dt.date,
) -> MyCourse:
    course, due_on = enrolment.offering.course, enrolment.due_on
    following = next((step for step in steps if course.live and step.pk not in done), None)
    return MyCourse(
        enrolment=enrolment,
        obstacle=not_open_reason(enrolment.offering, on=on),
        steps_done=sum(step.pk in done for step in steps),
        steps_total=len(steps),
        next_step=following,
        section=places.get(following.pk, "") if following else "",
        is_late=due_on is not None and due_on < on,
        is_soon=due_on is not None and 0 <= (due_on - on).days <= SOON_DAYS,
    )


def may_take(person: Person, *, on: dt.date) -> list[Offering]:
    """Voluntary offerings that the person can enrol in, soonest to close first."""
    offered = Offering.objects.offered_to(person, on=on).select_related("course")
    return sorted(
        offered, key=lambda offering: (offering.closes_on or dt.date.max, offering.course.title)
    )


def section_of_head(person: Person, *, on: dt.date) -> Section | None:
    """The line on a head's own units; None for everybody else."""
    units = list(Unit.objects.headed_by(person, on=on).order_by("path").values_list("path", "name"))
    if not units:
        return None
    posts = (
        Posting.objects.primary()
        .in_force(on=on)
        .public(on=on)
        .filter(unit__in=Unit.objects.below([path for path, _ in units]))
    )
    counts = (
        Enrolment.objects.assigned(on=on)
        .with_status(on=on)
        .filter(
            Exists(posts.filter(person=OuterRef("person"))),
            offering__in=Offering.objects.open(on=on).filter(is_mandatory=True),
        )
        .aggregate(
            done=Count("pk", filter=Q(status=Status.COMPLETED)),
            to_do=Count("pk", filter=Q(status__in=[Status.NOT_STARTED, Status.IN_PROGRESS])),
            late=Count(
                "person",
                filter=Q(status__in=[Status.NOT_STARTED, Status.IN_PROGRESS], due_on__lt=on),
                distinct=True,
            ),
        )
    )
    return Section(
        names=[name for _, name in units],
        done=counts["done"],
        total=counts["done"] + counts["to_do"],
        late_people=counts["late"],
    )
