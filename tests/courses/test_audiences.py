import datetime as dt
import itertools

import pytest

from courses.domain import audiences
from courses.models import Audience
from lms.people.models import EmploymentType, Person, Position, Unit
from tests.factories.courses import AudienceFactory
from tests.factories.people import (
    EmploymentTypeFactory,
    LeaveFactory,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def division() -> Unit:
    return make_unit("総務部")


@pytest.fixture
def section(division: Unit) -> Unit:
    return make_unit("職員課", division)


@pytest.fixture
def clerk() -> Position:
    return PositionFactory(name="主事")


@pytest.fixture
def chief() -> Position:
    return PositionFactory(name="課長")


@pytest.fixture
def regular() -> EmploymentType:
    return EmploymentTypeFactory(name="正規職員")


def post(name: str, unit: Unit, position: Position, **facts: object) -> Person:
    person: Person = PersonFactory(name=name)
    PostingFactory(person=person, unit=unit, position=position, **facts)
    return person


def audience(**conditions: list[object]) -> Audience:
    made: Audience = AudienceFactory(everybody=bool(conditions.pop("everybody", [])))
    for field, values in conditions.items():
        getattr(made, field).set(values)
    return made


def names(made: Audience, on: dt.date) -> set[str]:
    return {person.name for person in audiences.members(made, on=on)}


def test_kinds_narrow_each_other_and_values_of_one_kind_add_up(
    division: Unit, section: Unit, clerk: Position, chief: Position, today: dt.date
) -> None:
    other = make_unit("市民部")
    post("部の課長", division, chief)
    post("課の主事", section, clerk)
    post("課の課長", section, chief)
    post("他の課長", other, chief)
    assert names(audience(units=[division]), today) == {"部の課長", "課の主事", "課の課長"}
    assert names(audience(units=[division], positions=[chief]), today) == {"部の課長", "課の課長"}
    assert names(audience(units=[section, other], positions=[chief]), today) == {
        "課の課長",
        "他の課長",
    }
    assert names(audience(positions=[clerk, chief]), today) == {
        "部の課長",
        "課の主事",
        "課の課長",
        "他の課長",
    }


def test_a_unit_does_not_take_its_neighbour_for_something_below_it(
    section: Unit, clerk: Position, today: dt.date
) -> None:
    post("職員課", section, clerk)
    post("隣", make_unit("隣課", section.get_parent()), clerk)
    assert names(audience(units=[section]), today) == {"職員課"}


def test_without_any_condition_only_the_named_belong(
    section: Unit, clerk: Position, today: dt.date
) -> None:
    named = post("名指し", section, clerk)
    post("その他", section, clerk)
    assert names(audience(), today) == set()
    assert names(audience(included=[named]), today) == {"名指し"}


def test_everybody_means_everybody_with_a_primary_post(
    section: Unit, clerk: Position, today: dt.date
) -> None:
    post("主務", section, clerk)
    post("兼務だけ", section, clerk, kind="concurrent")
    PersonFactory(name="外部")
    assert names(audience(everybody=[True]), today) == {"主務"}


def test_everybody_is_narrowed_by_the_conditions(
    section: Unit, clerk: Position, chief: Position, today: dt.date
) -> None:
    post("主事", section, clerk)
    post("課長", section, chief)
    assert names(audience(everybody=[True], positions=[chief]), today) == {"課長"}


def test_named_people_are_added_and_others_taken_out(
    section: Unit, clerk: Position, today: dt.date
) -> None:
    out = post("除外", section, clerk)
    post("残る", section, clerk)
    adviser = PersonFactory(name="アドバイザー")
    made = audience(units=[section], included=[adviser, out], excluded=[out])
    assert names(made, today) == {"残る", "アドバイザー"}


def test_whoever_has_left_does_not_belong_even_by_name(
    section: Unit, clerk: Position, today: dt.date
) -> None:
    last_day = dt.date(2027, 3, 31)
    leaver = post("退職者", section, clerk, ends_on=last_day)
    made = audience(included=[leaver])
    assert names(made, last_day) == {"退職者"}
    assert names(made, dt.date(2027, 4, 1)) == set()


def test_the_post_of_the_day_decides_for_somebody_who_moves(
    division: Unit, section: Unit, clerk: Position
) -> None:
    other = make_unit("市民部")
    mover = post("異動者", section, clerk, ends_on=dt.date(2027, 3, 31))
    PostingFactory(person=mover, unit=other, position=clerk, starts_on=dt.date(2027, 4, 1))
    made = audience(units=[division])
    assert names(made, dt.date(2027, 3, 31)) == {"異動者"}
    assert names(made, dt.date(2027, 4, 1)) == set()


def test_two_posts_count_once_and_under_the_primary_one(
    division: Unit, section: Unit, clerk: Position, today: dt.date
) -> None:
    other = make_unit("市民部")
    double = post("兼務者", section, clerk)
    PostingFactory(person=double, unit=other, position=clerk, kind="concurrent")
    assert audiences.members(audience(units=[division, other]), on=today).count() == 1
    assert names(audience(units=[other]), today) == set()


def test_the_summary_counts_by_division(
    division: Unit, section: Unit, clerk: Position, today: dt.date
) -> None:
    other = make_unit("市民部")
    post("一", division, clerk)
    on_leave = post("二", section, clerk)
    post("三", other, clerk)
    LeaveFactory(person=on_leave)
    adviser = PersonFactory()
    conditions = audiences.conditions_of(audience(everybody=[True], included=[adviser]))
    found = audiences.summary(conditions, on=today)
    assert (found.count, found.on_leave) == (4, 1)
    assert [(row.name, row.count) for row in found.divisions] == [("総務部", 2), ("市民部", 1)]


def test_asking_for_the_members_and_asking_for_the_audiences_of_a_person_agree(  # noqa: PLR0917
    division: Unit,
    section: Unit,
    clerk: Position,
    chief: Position,
    regular: EmploymentType,
    today: dt.date,
) -> None:
    temporary = EmploymentTypeFactory(name="会計年度任用職員")
    other = make_unit("市民部")
    people = [
        post("a", section, clerk, employment_type=regular),
        post("b", division, chief, employment_type=temporary),
        post("c", other, chief, employment_type=regular),
        PersonFactory(name="d"),
    ]
    choices: dict[str, list[list[object]]] = {
        "everybody": [[], [True]],
        "units": [[], [division], [section, other]],
        "positions": [[], [chief]],
        "employment_types": [[], [regular]],
        "included": [[], [people[1], people[3]]],
        "excluded": [[], [people[0], people[3]]],
    }
    made = [
        audience(**dict(zip(choices, combination, strict=True)))
        for combination in itertools.product(*choices.values())
    ]
    by_members = {
        (one.pk, person.pk) for one in made for person in audiences.members(one, on=today)
    }
    by_person = {
        (one.pk, person.pk)
        for person in people
        for one in Audience.objects.containing(person, on=today)
    }
    assert by_members == by_person
    assert by_members
