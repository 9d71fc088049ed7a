"""The same training again in the next 年度."""

import datetime as dt
import re

from django.db.models import QuerySet

from courses.models import Offering

FIRST_YEAR_OF_REIWA = 2019


def a_year_later(day: dt.date) -> dt.date:
    """29 February becomes the 28th, so that the day stays in its month."""
    if (day.month, day.day) == (2, 29):
        return day.replace(year=day.year + 1, day=28)
    return day.replace(year=day.year + 1)


def slug_of_next_year(slug: str, year: int) -> str:
    """security-2026 > security-2027, security-r8 > security-r9; without a year it is put behind."""
    reiwa = year - FIRST_YEAR_OF_REIWA + 1
    for now, later in (
        (str(year), str(year + 1)),
        (f"r{reiwa}", f"r{reiwa + 1}"),
    ):
        place = re.compile(rf"(?<![0-9A-Za-z]){now}(?![0-9A-Za-z])", re.IGNORECASE)
        if place.search(slug):
            return place.sub(later, slug)
    longest: int = Offering._meta.get_field("slug").max_length or len(slug)
    behind = f"-{year + 1}"
    return f"{slug[: longest - len(behind)].rstrip('-')}{behind}"


def of_next_year(offering: Offering) -> Offering:
    """Not saved: HR looks at every day first. Same course, audience and rules, a year later."""
    return Offering(
        course=offering.course,
        slug=slug_of_next_year(offering.slug, offering.fiscal_year),
        fiscal_year=offering.fiscal_year + 1,
        audience=offering.audience,
        is_mandatory=offering.is_mandatory,
        opens_on=a_year_later(offering.opens_on),
        closes_on=offering.closes_on and a_year_later(offering.closes_on),
        due_on=offering.due_on and a_year_later(offering.due_on),
        due_days=offering.due_days,
    )


def made_already(offering: Offering) -> QuerySet[Offering]:
    """Offerings of the next year that do the same for the same people."""
    return Offering.objects.filter(
        course=offering.course_id,
        audience=offering.audience_id,
        fiscal_year=offering.fiscal_year + 1,
    ).order_by("slug")
