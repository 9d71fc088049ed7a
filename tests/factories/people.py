import datetime as dt
from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from lms.people.enums import Office, PostingKind, Role
from lms.people.models import (
    Appointment,
    EmploymentType,
    Leave,
    Person,
    Position,
    Posting,
    Unit,
)

LONG_AGO = dt.date(2020, 4, 1)
PASSWORD = "correct horse battery"


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person
        skip_postgeneration_save = True

    employee_number = factory.Sequence(lambda n: f"{n:06}")
    name = factory.Sequence(lambda n: f"職員　{n}")
    name_kana = factory.Sequence(lambda n: f"ショクイン　{n:06}")
    search_key = factory.LazyAttribute(Person.make_search_key)

    @factory.post_generation
    def roles(self: Person, create: bool, roles: list[Role] | None, **_: Any) -> None:
        for role in roles or []:
            self.groups.add(Group.objects.get(name=role))

    @factory.post_generation
    def password(self: Person, create: bool, password: str | None, **_: Any) -> None:
        self.set_password(password or PASSWORD)
        self.save(update_fields=["password"])


def make_unit(
    name: str = "総務課", parent: Unit | None = None, starts_on: dt.date = LONG_AGO, **facts: Any
) -> Unit:
    """A unit below its parent, or at the top of the tree."""
    facts |= {"name": name, "starts_on": starts_on}
    if parent is None:
        return Unit.add_root(**facts)
    parent.refresh_from_db()
    return parent.add_child(**facts)


class PositionFactory(DjangoModelFactory[Position]):
    class Meta:
        model = Position
        django_get_or_create = ("name",)

    name = "主事"


class EmploymentTypeFactory(DjangoModelFactory[EmploymentType]):
    class Meta:
        model = EmploymentType
        django_get_or_create = ("name",)

    name = "正規職員"


class PostingFactory(DjangoModelFactory[Posting]):
    class Meta:
        model = Posting

    person = factory.SubFactory(PersonFactory)
    unit = factory.LazyFunction(make_unit)
    position = factory.SubFactory(PositionFactory)
    employment_type = factory.SubFactory(EmploymentTypeFactory)
    kind = PostingKind.PRIMARY
    starts_on = LONG_AGO
    public_on = factory.SelfAttribute("starts_on")


class LeaveFactory(DjangoModelFactory[Leave]):
    class Meta:
        model = Leave

    person = factory.SubFactory(PersonFactory)
    code = "childcare"
    starts_on = LONG_AGO


class AppointmentFactory(DjangoModelFactory[Appointment]):
    class Meta:
        model = Appointment

    person = factory.SubFactory(PersonFactory)
    unit = factory.LazyFunction(make_unit)
    office = Office.NETWORK_LEADER
    starts_on = LONG_AGO
