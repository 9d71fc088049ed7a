"""The facts that the completion report counts, read with one query each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import BooleanField, Case, Count, OuterRef, Q, QuerySet, Subquery, Value, When

from courses.models import Enrolment, Offering
from lms.people.models import EmploymentType, Position, Posting, Unit
from lms.reports.domain.reach import Reach

Row = Mapping[str, Any]
Rows = Sequence[Row]


def _posts(*, on: dt.date, reach: Reach) -> QuerySet[Posting]:
    """The primary post in force on the day, else the last one before; newest first.

    Primary posts never overlap, so both are the one that began last.
    """
    posts = Posting.objects.primary().filter(person=OuterRef("person"), starts_on__lte=on)
    if reach.public_by:
        posts = posts.public(on=reach.public_by)
    return posts.order_by("-starts_on")


def counted(enrolments: Any, *, on: dt.date, reach: Reach) -> QuerySet[Enrolment]:
    """Enrolments of the day within reach, with ``status``."""
    found: QuerySet[Enrolment] = enrolments.assigned(on=on).with_status(on=on)
    if reach.paths is None:
        return found
    if not reach.paths:
        return found.none()
    within = Q()
    for start in reach.paths:
        within |= Q(unit_path__startswith=start)
    unit_path = Subquery(_posts(on=on, reach=reach).values("unit__path")[:1])
    return found.annotate(unit_path=unit_path).filter(within)


def enrolment_rows(offering: Offering, *, on: dt.date, reach: Reach) -> Rows:
    """One row for each person enrolled on the day, with the post that they are counted under."""
    post = _posts(on=on, reach=reach)
    return list(
        counted(offering.enrolments.all(), on=on, reach=reach)
        .annotate(
            unit_id=Subquery(post.values("unit_id")[:1]),
            position_id=Subquery(post.values("position_id")[:1]),
            employment_type_id=Subquery(post.values("employment_type_id")[:1]),
        )
        .values(
            "person_id",
            "person__employee_number",
            "person__name",
            "person__name_kana",
            "unit_id",
            "position_id",
            "employment_type_id",
            "status",
            "due_on",
            "completed_at",
        )
    )


def offering_rows(fiscal_year: int, *, on: dt.date, reach: Reach) -> Rows:
    """People counted by offering, status and whether the due day has passed."""
    enrolments = Enrolment.objects.filter(offering__fiscal_year=fiscal_year)
    return list(
        counted(enrolments, on=on, reach=reach)
        .annotate(
            past_due=Case(
                When(due_on__lt=on, then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            )
        )
        .values("offering_id", "status", "past_due")
        .annotate(people=Count("pk"))
        .order_by("offering_id")
    )


def unit_rows(*, reach: Reach) -> Rows:
    """Every unit there ever was within reach, and what stands above it, in the tree's order."""
    units = Unit.objects.order_by("path").values("id", "path", "name", "starts_on", "ends_on")
    return [
        unit
        for unit in units
        if reach.covers(unit["path"])
        or any(start.startswith(unit["path"]) for start in reach.paths or ())
    ]


def position_rows() -> Rows:
    return list(Position.objects.values("id", "name"))


def employment_type_rows() -> Rows:
    return list(EmploymentType.objects.values("id", "name"))


def fiscal_years() -> list[int]:
    """The years that have offerings, newest first."""
    return list(
        Offering.objects.order_by("-fiscal_year").values_list("fiscal_year", flat=True).distinct()
    )


def newest_open_mandatory(*, on: dt.date) -> Offering | None:
    return (
        Offering.objects.open(on=on)
        .filter(is_mandatory=True)
        .select_related("course")
        .order_by("-fiscal_year", "-opens_on", "-pk")
        .first()
    )


def all_offerings() -> QuerySet[Offering]:
    return Offering.objects.select_related("course").order_by("-fiscal_year", "-opens_on", "slug")


def offerings_of(fiscal_year: int) -> Rows:
    """The offerings of a year, mandatory ones first."""
    offerings = (
        all_offerings()
        .filter(fiscal_year=fiscal_year)
        .order_by("-is_mandatory", "-opens_on", "slug")
    )
    return [
        {
            "id": offering.pk,
            "slug": offering.slug,
            "title": offering.course.title,
            "fiscal_year": offering.fiscal_year,
            "is_mandatory": offering.is_mandatory,
        }
        for offering in offerings
    ]
