"""Writes the demo into an empty database: the city, its courses and what happened so far."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from courses.domain.enrolments import sync_enrolments
from courses.models import CoursePage, Enrolment, LessonPage
from lms.core import audit
from lms.demo import history, offers
from lms.demo.accounts import PASSWORD
from lms.demo.city import SEED, City, PersonFact, city
from lms.demo.courses import course_folders, load_courses
from lms.demo.quickstart import DEMO_LOADED
from lms.home.models import Notice
from lms.people.models import (
    Appointment,
    EmploymentType,
    Leave,
    Person,
    Position,
    Posting,
    Unit,
)

ROWS_AT_ONCE = 1000
COURSE = "security"
DAY = dt.timedelta(days=1)
# Title, text, for how many days it has been told, whether it is important.
NOTICES = (
    (
        "情報セキュリティ研修の受講をお願いします",
        "<p>全職員が対象の研修です。レッスンは1つ5分ほどで、途中でやめても続きから再開できます。</p>"
        "<p>分からないことは、人財課研修係に聞いてください。（サンプルデータ・架空）</p>",
        5,
        True,
    ),
    (
        "レッスンの図を大きく表示できるようになりました",
        "<p>図の下の「拡大する」を押してください。スマートフォンでも細かい字が読めます。</p>",
        2,
        False,
    ),
    (
        "修了証の氏名の字体について",
        "<p>髙・﨑・德・濵・𠮷などの字も、人事の登録のとおりに印刷します。"
        "字が違うときは、人財課に知らせてください。</p>",
        40,
        False,
    ),
)
# A lesson that was renewed a few days ago, after most people had completed its course.
RENEWED_COURSE, RENEWED_LESSON, RENEWED_DAYS_AGO = "personal-data", "report", 4
# Demo accounts with all of this year's learning before them.
UNTOUCHED = ("100001", "100011")


def load_demo(*, people: int, at: dt.datetime, seed: int = SEED) -> None:
    """The whole demo or nothing."""
    with transaction.atomic():
        load_city(city(seed, people, timezone.localdate(at)))
        courses = load_courses(at=at)
        completed = history.tell(courses.pop(COURSE), seed=seed, at=at, untouched=UNTOUCHED)
        completed += _other_courses(courses, at=at, seed=seed)
        history.issue_certificates(completed)
        tell_notices(on=timezone.localdate(at))
        LessonPage.objects.child_of(courses[RENEWED_COURSE]).filter(slug=RENEWED_LESSON).update(
            last_published_at=at - RENEWED_DAYS_AGO * DAY
        )
        audit.record(DEMO_LOADED, by=None, at=at, people=people, seed=seed)


def tell_notices(*, on: dt.date) -> None:
    Notice.objects.bulk_create(
        Notice(title=title, body=body, starts_on=on - days * DAY, is_important=is_important)
        for title, body, days, is_important in NOTICES
    )


def _other_courses(
    courses: dict[str, CoursePage], *, at: dt.datetime, seed: int
) -> list[Enrolment]:
    """Offer them, have the people enrolled who must take them, and tell what these did."""
    on = timezone.localdate(at)
    plans = {folder.slug: folder.facts.get("offering", {}) for folder in course_folders()}
    offerings = {slug: offers.offer(course, plans[slug], on=on) for slug, course in courses.items()}
    sync_enrolments(on=on, at=at)
    completed: list[Enrolment] = []
    for slug, offering in offerings.items():
        if offering.is_mandatory:
            completed += history.tell_since_opening(
                offering,
                seed=seed,
                at=at,
                finish_rate=plans[slug]["finished"] / 100,
                done=UNTOUCHED,
            )
    return completed


def load_city(city: City) -> None:
    """Units, people, postings, leaves and appointments. Call it inside a transaction."""
    units = _units(city)
    people = _people(city)
    _postings(city, units, people)
    Leave.objects.bulk_create(
        [
            Leave(
                person=people[fact.employee_number],
                code=leave.code,
                starts_on=leave.starts_on,
                ends_on=leave.ends_on,
            )
            for fact in city.people
            for leave in fact.leaves
        ],
        batch_size=ROWS_AT_ONCE,
    )
    Appointment.objects.bulk_create(
        [
            Appointment(
                person=people[fact.employee_number],
                unit=units[fact.unit],
                office=fact.office,
                starts_on=fact.starts_on,
                ends_on=fact.ends_on,
            )
            for fact in city.appointments
        ],
        batch_size=ROWS_AT_ONCE,
    )


def _units(city: City) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for fact in city.units:
        facts = {
            "name": fact.name,
            "code": fact.code,
            "starts_on": fact.starts_on,
            "ends_on": fact.ends_on,
        }
        if fact.parent:
            parent = units[fact.parent]
            parent.refresh_from_db()
            units[fact.path] = parent.add_child(**facts)
        else:
            units[fact.path] = Unit.add_root(**facts)
        if fact.predecessor:
            units[fact.path].predecessors.add(units[fact.predecessor])
    return units


def _people(city: City) -> dict[str, Person]:
    published = make_password(PASSWORD)
    people = [_person(fact, published) for fact in city.people]
    Person.objects.bulk_create(people, batch_size=ROWS_AT_ONCE)
    by_number = {person.employee_number: person for person in people}
    for fact in city.people:
        for role in fact.account.roles if fact.account else ():
            by_number[fact.employee_number].groups.add(Group.objects.get(name=role))
    return by_number


def _person(fact: PersonFact, published: str) -> Person:
    """Only the demo accounts have a password; nobody signs in as anybody else."""
    person = Person(
        employee_number=fact.employee_number,
        name=fact.name,
        name_kana=fact.name_kana,
        email=fact.email,
        password=published if fact.account else make_password(None),
        is_superuser=bool(fact.account and fact.account.is_superuser),
    )
    person.search_key = person.make_search_key()
    return person


def _postings(city: City, units: dict[str, Unit], people: dict[str, Person]) -> None:
    positions = {
        name: Position.objects.create(
            name=name, code=f"P{number:02}", rank=rank, heads_unit=heads_unit
        )
        for number, (name, rank, heads_unit) in enumerate(city.positions, 1)
    }
    employment_types = {
        name: EmploymentType.objects.create(name=name, code=f"E{number}", rank=rank)
        for number, (name, rank) in enumerate(city.employment_types, 1)
    }
    Posting.objects.bulk_create(
        [
            Posting(
                person=people[fact.employee_number],
                unit=units[posting.unit],
                position=positions[posting.position],
                employment_type=employment_types[posting.employment_type],
                kind=posting.kind,
                starts_on=posting.starts_on,
                ends_on=posting.ends_on,
                public_on=posting.public_on or posting.starts_on,
            )
            for fact in city.people
            for posting in fact.postings
        ],
        batch_size=ROWS_AT_ONCE,
    )
