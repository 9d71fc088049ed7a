"""What is new for a person, from facts that are there anyway: nothing is stored for it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from courses.models import Enrolment, Offering, StepPage
from lms.home.domain.my_page import MyCourses

NEW_DAYS = 14
MOST = 5

ASSIGNED = _("Newly assigned")
OFFERED = _("You may take it now")
RENEWED = _("Renewed since you completed it")


@dataclass(frozen=True)
class News:
    """One line: what kind of news, the page it leads to, and since when."""

    kind: Any
    page: Page
    on: dt.date
    course: Page | None = None


def news(mine: MyCourses, offered: list[Offering], *, on: dt.date) -> list[News]:
    """The newest of the last days; one query, and none for somebody who has completed nothing."""
    since = on - dt.timedelta(days=NEW_DAYS)
    found = [*_assigned(mine), *_offered(offered), *_renewed(mine.completed, since=since)]
    recent = [one for one in found if since < one.on <= on]
    return sorted(recent, key=lambda one: (one.on, one.page.pk), reverse=True)[:MOST]


def _assigned(mine: MyCourses) -> Iterator[News]:
    for course in mine.to_do:
        if not course.is_started:
            enrolment = course.enrolment
            begins = max(enrolment.assigned_on, enrolment.offering.opens_on)
            yield News(ASSIGNED, course.course, begins)


def _offered(offered: list[Offering]) -> Iterator[News]:
    for offering in offered:
        yield News(OFFERED, offering.course, offering.opens_on)


def _renewed(completed: list[Enrolment], *, since: dt.date) -> Iterator[News]:
    """Lessons published anew after their reader had completed the course."""
    courses = {enrolment.offering.course.path: enrolment for enrolment in reversed(completed)}
    if not courses:
        return
    below = Q()
    for path in courses:
        below |= Q(path__startswith=path)
    start = timezone.make_aware(dt.datetime.combine(since, dt.time.min))
    for step in StepPage.objects.live().filter(below, last_published_at__gte=start):
        enrolment = courses[step.path[: -step.steplen]]
        if enrolment.completed_at and step.last_published_at > enrolment.completed_at:
            day = timezone.localdate(step.last_published_at)
            yield News(RENEWED, step, day, course=enrolment.offering.course)
