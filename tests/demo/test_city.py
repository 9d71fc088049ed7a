import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from lms.demo.accounts import DEMO_ACCOUNTS
from lms.demo.city import HEADS, SEED, City, city
from lms.demo.names import FAMILY_NAMES, GIVEN_NAMES, HARD_FAMILY_NAMES
from lms.demo.outline import DEPARTMENTS, REGULAR, YEARLY
from lms.people.enums import LeaveCode, Office, PostingKind

ON = dt.date(2026, 11, 23)
THIS_YEAR = dt.date(2026, 4, 1)
DAYS = [
    ON,
    dt.date(2026, 3, 31),
    dt.date(2026, 4, 1),
    dt.date(2027, 1, 31),
    dt.date(2028, 2, 29),
]
DIGEST = (
    "import datetime, hashlib; from lms.demo.city import city; "
    "print(hashlib.sha256(repr(city(7, 300, datetime.date(2026, 11, 23))).encode()).hexdigest())"
)


@pytest.fixture(scope="module")
def town() -> City:
    return city(SEED, 300, ON)


@pytest.mark.parametrize("hash_seed", ["1", "4711"])
def test_the_same_seed_makes_the_same_city_in_every_process(hash_seed: str) -> None:
    with_django = "import django; django.setup(); " + DIGEST
    there = subprocess.run(
        [sys.executable, "-c", with_django],
        env=os.environ
        | {"PYTHONHASHSEED": hash_seed, "DJANGO_SETTINGS_MODULE": "lms.settings.test"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    here = hashlib.sha256(repr(city(7, 300, ON)).encode()).hexdigest()
    assert there.stdout.strip() == here


def test_another_seed_makes_other_people(town: City) -> None:
    other = city(SEED + 1, 300, ON)
    assert [person.name for person in other.people] != [person.name for person in town.people]


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("people", [50, 300, 1000])
def test_as_many_people_as_asked_for_are_in_post(people: int, on: dt.date) -> None:
    staff = [person for person in city(SEED, people, on).people if person.primary(on)]
    assert len(staff) == people


@pytest.mark.parametrize("people", [49, 20_001])
def test_other_sizes_are_refused(people: int) -> None:
    with pytest.raises(ValueError, match="50 to 20000"):
        city(SEED, people, ON)


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("people", [50, 300, 1000])
def test_nobody_has_two_primary_posts_on_a_day_or_is_where_no_unit_is(
    people: int, on: dt.date
) -> None:
    town = city(SEED, people, on)
    units = {unit.path: unit for unit in town.units}
    for person in town.people:
        primary = sorted(
            (post for post in person.postings if post.kind == PostingKind.PRIMARY),
            key=lambda post: post.starts_on,
        )
        for one, following in pairwise(primary):
            assert one.ends_on is not None
            assert one.ends_on < following.starts_on
        for post in person.postings:
            unit = units[post.unit]
            assert post.ends_on is None or post.starts_on <= post.ends_on
            assert unit.starts_on <= post.starts_on
            assert unit.ends_on is None or (post.ends_on and post.ends_on <= unit.ends_on)
        for leave in person.leaves:
            assert leave.ends_on is None or leave.starts_on <= leave.ends_on
        assert len(person.leaves) <= 1


def test_it_has_thirteen_departments_and_eighty_sections() -> None:
    assert len(DEPARTMENTS) == 13
    sections = [section for department in DEPARTMENTS for section in department.sections]
    assert len(sections) == 80
    names = {section.name for section in sections}
    assert {"市民税課", "ほいく課", "人財課", "障がい福祉課", "デジタル戦略課"} <= names


@pytest.mark.parametrize("people", [50, 300])
def test_every_department_and_section_has_one_head(people: int) -> None:
    town = city(SEED, people, ON)
    heads = Counter(
        post.unit
        for person in town.people
        for post in person.postings
        if post.covers(ON) and post.position in HEADS
    )
    wanted = {department.name for department in DEPARTMENTS} | {
        f"{department.name}/{section.name}"
        for department in DEPARTMENTS
        for section in department.sections
    }
    assert set(heads) == wanted
    assert set(heads.values()) == {1}


def test_every_kind_of_posting_leave_and_employment_occurs(town: City) -> None:
    in_force = [post for person in town.people for post in person.postings if post.covers(ON)]
    assert {post.kind for post in in_force} == set(PostingKind)
    assert {post.employment_type for post in in_force} == {
        name for name, _rank in town.employment_types
    }
    assert {leave.code for person in town.people for leave in person.leaves} == set(LeaveCode)
    assert {appointment.office for appointment in town.appointments} == set(Office)


def test_people_were_moved_on_first_april_and_in_the_year_before(town: City) -> None:
    for first in (THIS_YEAR, dt.date(2025, 4, 1)):
        moved = [
            person
            for person in town.people
            if any(
                one.ends_on == first - dt.timedelta(days=1)
                and following.starts_on == first
                and one.unit != following.unit
                for one, following in pairwise(person.postings)
            )
        ]
        assert len(moved) >= 2


def test_a_transfer_that_is_not_public_yet_lies_ahead(town: City) -> None:
    hidden = [
        post
        for person in town.people
        for post in person.postings
        if post.public_on is not None and post.public_on > ON
    ]
    assert hidden
    assert all(post.starts_on > ON for post in hidden)


def test_a_reorganisation_closed_units_and_people_went_along(town: City) -> None:
    units = {unit.path: unit for unit in town.units}
    assert units["政策部/デジタル戦略課"].predecessor == "政策部/情報政策課"
    assert units["政策部/情報政策課"].ends_on == dt.date(2025, 3, 31)
    administrator = next(p for p in town.people if p.employee_number == "100010")
    assert [post.unit for post in administrator.postings][-2:] == [
        "政策部/情報政策課",
        "政策部/デジタル戦略課/基盤係",
    ]


def test_yearly_staff_are_appointed_anew_and_mostly_have_no_mail(town: City) -> None:
    yearly = [
        person
        for person in town.people
        if (post := person.primary(ON)) and post.employment_type == YEARLY
    ]
    assert len(yearly) >= 10
    assert sum(not person.email for person in yearly) > len(yearly) / 2
    for person in yearly:
        post = person.primary(ON)
        assert post is not None
        assert (post.starts_on, post.ends_on) == (THIS_YEAR, dt.date(2027, 3, 31))


@pytest.mark.parametrize("character", ["髙", "﨑", "德", "濵", "\U00020bb7"])
@pytest.mark.parametrize("people", [50, 300])
def test_hard_characters_are_among_the_names(people: int, character: str) -> None:
    assert any(character in person.name for person in city(SEED, people, ON).people)


def test_the_compatibility_form_of_kami_is_among_the_names(town: City) -> None:
    assert any("\ufa19" in person.name for person in town.people)


def test_every_name_has_its_reading_in_katakana() -> None:
    for name, kana in (*FAMILY_NAMES, *HARD_FAMILY_NAMES, *GIVEN_NAMES):
        assert name
        assert re.fullmatch("[ァ-ヴー]+", kana), name


def test_names_are_varied(town: City) -> None:
    names = [person.name for person in town.people]
    assert len(set(names)) == len(names)


def test_mail_goes_nowhere(town: City) -> None:
    hosts = {person.email.partition("@")[2] for person in town.people if person.email}
    assert hosts <= {"example.jp", "example.invalid"}


def test_employee_numbers_are_unique_and_keep_leading_zeros(town: City) -> None:
    numbers = [person.employee_number for person in town.people]
    assert len(set(numbers)) == len(numbers)
    assert any(number.startswith("00") for number in numbers)


def test_most_sections_have_a_leader_who_works_there_and_some_have_none(town: City) -> None:
    people = {person.employee_number: person for person in town.people}
    leaders = [a for a in town.appointments if a.office == Office.NETWORK_LEADER]
    assert 50 <= len(leaders) < 80
    for appointment in town.appointments:
        post = people[appointment.employee_number].primary(ON)
        assert post is not None
        assert post.unit.startswith(appointment.unit)
        assert appointment.starts_on <= ON


def test_each_kind_of_user_has_an_account(town: City) -> None:
    accounts = {p.account.key: p for p in town.people if p.account}
    assert list(accounts) == [account.key for account in DEMO_ACCOUNTS]
    assert accounts["advisor"].postings == ()
    head = accounts["section_head"].primary(ON)
    employee = accounts["employee"].primary(ON)
    assert head is not None
    assert employee is not None
    assert (head.unit, head.position) == ("総務部/市民税課", "課長")
    assert employee.unit.startswith(head.unit)
    assert employee.employment_type == REGULAR
