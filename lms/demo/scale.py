"""The demo city at the size of a real one, with as many 年度 of offerings behind it as asked for.

Certificates are issued for the demo's own offerings only: each takes a number and an audit entry
of its own, and no page lists more than one person's.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import count

from django.db import transaction
from django.utils import timezone

from courses.models import Audience, CoursePage, Enrolment, Offering
from lms.core.calendar import fiscal_year, fiscal_year_end
from lms.demo import history
from lms.demo.city import SEED
from lms.demo.loading import load_demo
from lms.demo.offers import ALL_STAFF
from lms.people.models import Posting

ROWS_AT_ONCE = 1000
FINISH_RATE = 0.95
# The 年度 before this one that history.tell tells of.
YEARS_TOLD = 2


def load_scale(*, people: int, offerings: int, at: dt.datetime, seed: int = SEED) -> None:
    """All of it or nothing, into a database without people.

    The demo brings its own offerings; older ones follow, a year's for each course, until there
    are ``offerings`` of them.
    """
    with transaction.atomic():
        load_demo(people=people, at=at, seed=seed)
        missing = offerings - Offering.objects.count()
        for _number, (course, year) in zip(range(missing), _older(at=at), strict=False):
            _live_through(course, year, seed=seed)


def _older(*, at: dt.datetime) -> Iterator[tuple[CoursePage, int]]:
    """Every course in the 年度 before those that the demo tells of, then in the one before it…"""
    courses = list(CoursePage.objects.live().order_by("path"))
    first_told = fiscal_year(timezone.localdate(at)) - YEARS_TOLD
    for before in count(1):
        for course in courses:
            yield course, first_told - before


def _live_through(course: CoursePage, year: int, *, seed: int) -> None:
    due_on, closes_on = dt.date(year, 8, 31), fiscal_year_end(year)
    offering = Offering.objects.create(
        course=course,
        slug=f"{course.slug}-{year}",
        fiscal_year=year,
        audience=Audience.objects.get(name=ALL_STAFF),
        opens_on=dt.date(year, 6, 1),
        due_on=due_on,
        closes_on=closes_on,
    )
    staff = Posting.objects.primary().in_force(on=due_on).order_by("person")
    Enrolment.objects.bulk_create(
        [
            Enrolment(person_id=person, offering=offering, assigned_on=offering.opens_on)
            for person in staff.values_list("person", flat=True)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    end = timezone.make_aware(dt.datetime.combine(closes_on, dt.time(17)))
    history.tell_since_opening(offering, seed=seed, at=end, finish_rate=FINISH_RATE, done=())
