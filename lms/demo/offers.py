"""This 年度's offerings of the courses besides the one for everybody, as their files plan them.

[offering]
audience = "所属長とネットワークリーダー"
who = ["heads", "leaders"]     who they are; none: all staff
units = ["市民税課"]            only those in these units
positions = ["係長"]            only those with these positions
mandatory = true               otherwise whoever wants to takes it
due = -20                      days from the day of the demo to the due day
due_days = 14                  days from coming under the audience to the due day
finished = 90                  percent of the people who are done
"""

import datetime as dt
from typing import Any

from django.db.models import Q

from courses.models import Audience, CoursePage, Offering
from lms.core.calendar import fiscal_year, fiscal_year_end, fiscal_year_start
from lms.people.models import Appointment, Person, Position, Posting, Unit

DAY = dt.timedelta(days=1)
ALL_STAFF = "全職員"


def offer(course: CoursePage, plan: dict[str, Any], *, on: dt.date) -> Offering:
    year = fiscal_year(on)
    opens_on, closes_on = fiscal_year_start(year), fiscal_year_end(year)
    due_on = None
    if "due" in plan:
        day = on + plan["due"] * DAY
        day += (4 - day.weekday()) % 7 * DAY
        due_on = min(max(day, opens_on + 30 * DAY), closes_on)
    return Offering.objects.create(
        course=course,
        slug=f"{course.slug}-{year}",
        fiscal_year=year,
        audience=_audience(plan, on=on),
        is_mandatory=plan.get("mandatory", False),
        opens_on=opens_on,
        closes_on=closes_on,
        due_on=due_on,
        due_days=plan.get("due_days"),
    )


def _audience(plan: dict[str, Any], *, on: dt.date) -> Audience:
    who, positions, units = (plan.get(key, []) for key in ("who", "positions", "units"))
    everybody = "mail" in who or not (who or positions or units)
    audience, created = Audience.objects.get_or_create(
        name=plan.get("audience", ALL_STAFF), defaults={"everybody": everybody}
    )
    if not created:
        return audience
    held = Q(name__in=positions)
    if "heads" in who:
        held |= Q(heads_unit=True)
    audience.positions.set(Position.objects.filter(held))
    audience.units.set(Unit.objects.filter(name__in=units, ends_on=None))
    named = Person.objects.none()
    if "leaders" in who:
        serving = Appointment.objects.filter(starts_on__lte=on).exclude(ends_on__lt=on)
        named = Person.objects.filter(pk__in=serving.values("person"))
    if "newcomers" in who:
        named = _came_since(fiscal_year_start(fiscal_year(on)), on=on)
    audience.included.set(named)
    if "mail" in who:
        audience.excluded.set(Person.objects.filter(email=""))
    return audience


def _came_since(day: dt.date, *, on: dt.date) -> Any:
    """People in post on ``on`` who had no post before ``day``."""
    posts = Posting.objects.primary()
    return Person.objects.filter(pk__in=posts.in_force(on=on).values("person")).exclude(
        pk__in=posts.filter(starts_on__lt=day).values("person")
    )
