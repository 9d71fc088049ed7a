import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from courses.enums import ReleaseKind
from courses.models import Enrolment, Offering, Release
from lms.people.enums import Role
from lms.people.models import Person, Position, Unit
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course
from tests.factories.people import (
    LONG_AGO,
    EmploymentTypeFactory,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)

TODAY = dt.date(2026, 11, 23)
NOW = timezone.make_aware(dt.datetime.combine(TODAY, dt.time(15)))
A_DAY_IN_JUNE = dt.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _the_day(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@dataclass
class Office:
    """総務部 with 総務課 (庶務係 below it) and 財政課; 福祉部 beside it."""

    offering: Offering
    general: Unit
    affairs: Unit
    clerks: Unit
    finance: Unit
    welfare: Unit
    head_position: Position

    def enrol(self, unit: Unit | None = None, name: str = "", **facts: Any) -> Enrolment:
        """Somebody with a post in the unit, if one is given, and an enrolment of these facts."""
        names = {"name": name} if name else {}
        person = facts.pop("person", None) or PersonFactory(**names)
        if unit:
            PostingFactory(person=person, unit=unit)
        facts.setdefault("offering", self.offering)
        return EnrolmentFactory(person=person, **facts)

    def head_of(self, unit: Unit, **facts: Any) -> Person:
        person: Person = PersonFactory(**facts)
        PostingFactory(person=person, unit=unit, position=self.head_position)
        return person


@pytest.fixture
def office(db: None) -> Office:
    general = make_unit("総務部")
    affairs = make_unit("総務課", general)
    EmploymentTypeFactory()
    return Office(
        offering=OfferingFactory(course=make_course(), slug="security-2026"),
        general=general,
        affairs=affairs,
        clerks=make_unit("庶務係", affairs),
        finance=make_unit("財政課", general),
        welfare=make_unit("福祉部"),
        head_position=PositionFactory(name="課長", rank=10, heads_unit=True),
    )


@pytest.fixture
def hr(db: None) -> Person:
    person: Person = PersonFactory(name="人財　花子", roles=[Role.TRAINING_ADMIN])
    return person


@pytest.fixture
def auditor(db: None) -> Person:
    person: Person = PersonFactory(roles=[Role.AUDITOR])
    return person


def at(day: dt.date, hour: int = 12, minute: int = 0, second: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute, second)))


def completed(moment: dt.datetime | None = None) -> dict[str, Any]:
    moment = moment or at(A_DAY_IN_JUNE)
    return {"started_at": moment, "completed_at": moment}


def release(
    enrolment: Enrolment,
    kind: ReleaseKind,
    starts_on: dt.date = LONG_AGO,
    ends_on: dt.date | None = None,
) -> Release:
    return Release.objects.create(
        enrolment=enrolment,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        reason="育児休業",
        decided_at=NOW,
    )
