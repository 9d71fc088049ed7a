"""Everybody reads who has looked at their data, and nobody else's."""

import ast
import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django.fixtures import DjangoAssertNumQueries

from courses.models import Viewing
from lms.core import audit
from lms.core.models import AuditEntry
from lms.home.domain.record import ACTIONS, LISTS
from lms.people.domain.roster.plan import Outcome
from lms.people.enums import Role, TextSize
from lms.people.models import Person
from lms.reports.domain.reading import SCREEN, record_names_read
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_recording
from tests.factories.people import (
    AppointmentFactory,
    LeaveFactory,
    PersonFactory,
    PostingFactory,
    make_unit,
)

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client: Client) -> Person:
    person = PostingFactory(person=PersonFactory(name="髙﨑　𠮷子")).person
    client.force_login(person)
    return person


@pytest.fixture
def hr() -> Person:
    unit = make_unit("人財課")
    return PostingFactory(
        person=PersonFactory(name="山﨑　陽子", roles=[Role.TRAINING_ADMIN]), unit=unit
    ).person


def shown(client: Client, query: str = "") -> str:
    page = BeautifulSoup(client.get(f"/account/record/{query}").content, "html.parser")
    return " ".join(page.main.text.split())


def test_hr_opening_a_person_is_told_to_that_person(
    client: Client, person: Person, hr: Person
) -> None:
    office = Client()
    office.force_login(hr)
    office.get(reverse("person:inspect", args=[person.pk]))
    enrolment = EnrolmentFactory(person=person)
    office.get(reverse("offering_enrolment", args=[enrolment.pk]))
    text = shown(client)
    assert "管理画面の職員ページが開かれました 山﨑 陽子 人財課" in text
    assert "受講の記録（ステップと点数）が開かれました 山﨑 陽子" in text
    assert hr.employee_number not in text


def test_looking_at_oneself_is_no_line(client: Client, hr: Person) -> None:
    client.force_login(hr)
    client.get(reverse("person:inspect", args=[hr.pk]))
    assert not AuditEntry.objects.filter(action="person.read").exists()
    assert "まだ記録はありません" in shown(client)


def test_anothers_lines_are_not_shown(
    client: Client, person: Person, hr: Person, now: dt.datetime
) -> None:
    audit.record("person.read", by=hr, at=now, person=PersonFactory())
    assert "山﨑" not in shown(client)


def test_lists_of_ones_own_courses_are_told(
    client: Client, person: Person, hr: Person, now: dt.datetime, today: dt.date
) -> None:
    mine = EnrolmentFactory(person=person).offering
    other = OfferingFactory(course=mine.course)
    unit = person.postings.get().unit
    elsewhere = make_unit("他部")
    for offering, name, paths in (
        (mine, "全庁", None),
        (mine, "自分の課", (unit.path,)),
        (mine, "他部", (elsewhere.path,)),
        (other, "別の研修", None),
    ):
        record_names_read(
            offering,
            by=hr,
            at=now,
            on=today,
            people=1234,
            medium=SCREEN,
            paths=paths,
            unit=name,
        )
    text = shown(client, "?of=lists")
    assert "受講状況の一覧 情報セキュリティ研修・全庁・1,234人 山﨑 陽子 人財課" in text
    assert "自分の課" in text
    assert "他部" not in text
    assert "別の研修" not in text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/cms/people/person/", "職員の一覧 1人"),
        ("/cms/people/posting/", "発令の一覧 1人"),
        ("/cms/people/leave/", "休職等の一覧 1人"),
        ("/cms/people/appointment/", "選任の一覧 1人"),
        ("/search/?q=髙﨑&kind=people", "職員の検索 1人"),
        ("/cms/offerings/{offering}/enrolments/", "受講者の一覧 情報セキュリティ研修・1人"),
    ],
)
def test_every_list_of_hr_that_held_somebody_is_told_to_them(
    client: Client, person: Person, hr: Person, address: str, told: str
) -> None:
    LeaveFactory(person=person)
    AppointmentFactory(person=person)
    enrolment = EnrolmentFactory(person=person)
    office = Client()
    office.force_login(hr)
    hr.postings.all().delete()
    assert office.get(address.format(offering=enrolment.offering_id)).status_code == 200
    assert f"{told} 山﨑 陽子" in shown(client, "?of=lists")
    stranger = Client()
    stranger.force_login(PersonFactory())
    assert "まだ記録はありません" in shown(stranger, "?of=lists")


def test_opening_a_form_with_somebodys_data_is_told_once(
    client: Client, person: Person, hr: Person
) -> None:
    leave = LeaveFactory(person=person)
    office = Client()
    office.force_login(hr)
    for name, record in (("person", person), ("leave", leave), ("posting", person.postings.get())):
        office.get(reverse(f"{name}:edit", args=[record.pk]))
    entries = AuditEntry.objects.filter(action="person.read", subject_person=person)
    assert [entry.subject.split(":")[0] for entry in entries] == [
        "people.posting",
        "people.leave",
        "people.person",
    ]


def test_the_preview_of_a_roster_names_nobody_in_their_record() -> None:
    """It would tell people of their transfer before it is public; that it was read is kept."""
    assert "roster.read" not in ACTIONS
    assert "people.rosterimport" not in LISTS


def test_what_the_roster_changed_is_told_and_a_secret_transfer_is_not(
    client: Client, person: Person, now: dt.datetime, today: dt.date
) -> None:
    for day, action in ((today, "person.updated"), (today + dt.timedelta(days=1), "person.moved")):
        audit.record(action, by=None, at=now, person=person, after=[{"starts_on": day.isoformat()}])
    tomorrow = (today + dt.timedelta(days=1)).isoformat()
    audit.record(
        "posting.added", by=None, at=now, person=person, changes={"public_on": [None, tomorrow]}
    )
    with time_machine.travel(now, tick=False):
        text = shown(client)
    assert "名簿の取込で職員データが変わりました" in text
    assert "発令" not in text


def test_an_action_without_words_is_told_all_the_same(
    client: Client, person: Person, now: dt.datetime
) -> None:
    audit.record("something.new", by=None, at=now, person=person)
    assert "あなたのデータに関する操作" in shown(client)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(  # noqa: PLR0917 - fixtures
    client: Client,
    person: Person,
    hr: Person,
    now: dt.datetime,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _row in range(rows):
        audit.record("person.read", by=hr, at=now, person=person)
    with django_assert_num_queries(8):
        client.get("/account/record/")


def test_a_long_record_has_pages(client: Client, person: Person, now: dt.datetime) -> None:
    for minute in range(21):
        audit.record(
            "sign_in.failed", by=None, at=now + dt.timedelta(minutes=minute), person=person
        )
    assert shown(client).count("サインインに失敗しました") == 20
    assert shown(client, "?page=2").count("サインインに失敗しました") == 1


def actions_in_code() -> set[str]:
    """Every action that audit.record or AuditEntry gets as a constant together with a person."""
    found = set()
    for path in [p for app in ("lms", "courses", "quizzes") for p in (ROOT / app).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            facts = {keyword.arg: keyword.value for keyword in node.keywords}
            if isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                action = node.args[0] if node.args else None
            else:
                action = facts.get("action")
            about_somebody = {"person", "subject_person", "subject_person_id", "of"} & set(facts)
            if about_somebody and isinstance(action, ast.Constant):
                found.add(action.value)
    return found


def test_every_action_has_words() -> None:
    found = actions_in_code()
    assert {"password.issued", "enrolment.read", "attempt.started"} <= found
    assert found <= set(ACTIONS)
    by_hand = {
        f"{kind}.{what}"
        for kind in ("person", "posting", "leave", "appointment")
        for what in ("added", "changed", "deleted")
    }
    by_hand |= {f"person.{outcome}" for outcome in Outcome if outcome != Outcome.UNCHANGED}
    assert by_hand | {"enrolment.waived", "enrolment.withdrawn", "person.read"} <= set(ACTIONS)


@pytest.mark.parametrize("size", TextSize.values)
def test_the_size_of_the_text_is_kept_with_the_person(
    client: Client, person: Person, size: str
) -> None:
    answer = client.post(reverse("text_size"), {"size": size, "next": "/courses/"})
    assert answer["Location"] == "/courses/"
    assert f'data-text-size="{size}"' in browser_of(person).get("/").content.decode()


def browser_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("size", ["", "huge", "<b>"])
def test_other_sizes_are_refused(client: Client, person: Person, size: str) -> None:
    assert client.post(reverse("text_size"), {"size": size}).status_code == 400
    person.refresh_from_db()
    assert person.text_size == TextSize.NORMAL


def test_no_other_site_is_gone_on_to(client: Client, person: Person) -> None:
    answer = client.post(reverse("text_size"), {"size": "large", "next": "https://example.com/"})
    assert answer["Location"] == "/account/"


def sheets(client: Client) -> dict[str, list[tuple[Any, ...]]]:
    answer = client.get("/account/data/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    book = load_workbook(BytesIO(answer.content))
    return {sheet.title: list(sheet.values) for sheet in book}


def test_all_that_is_held_can_be_taken_along(
    client: Client, person: Person, hr: Person, now: dt.datetime
) -> None:
    enrolment = EnrolmentFactory(person=person, started_at=now, completed_at=now, score=90)
    EnrolmentFactory(offering=enrolment.offering)
    audit.record("person.read", by=hr, at=now, person=person)
    Viewing.objects.create(
        enrolment=enrolment, recording=make_recording(), ranges=[[0, 30]], seen_at=now
    )
    held = sheets(client)
    assert ("氏名", "髙﨑　𠮷子") in held["登録情報"]
    [_header, course] = held["受講した研修"]
    assert course[1] == "情報セキュリティ研修"
    assert course[8] == 90
    assert held["動画・音声"][1][1:3] == ("3つの目", "30秒")
    assert held["見た人"][1][2] == "山﨑　陽子"
    assert len(held["発令"]) == 2


def test_what_is_taken_along_keeps_a_secret_transfer_secret(
    client: Client, person: Person, today: dt.date
) -> None:
    person.postings.update(ends_on=today)
    tomorrow = today + dt.timedelta(days=1)
    unit = make_unit("秘書課")
    PostingFactory(person=person, unit=unit, starts_on=tomorrow, public_on=tomorrow)
    with time_machine.travel(dt.datetime.combine(today, dt.time(3), dt.UTC), tick=False):
        assert "秘書課" not in str(sheets(client))


def test_nothing_held_is_a_file_all_the_same_and_a_formula_stays_text(client: Client) -> None:
    person = PersonFactory(name="=HYPERLINK(1)")
    client.force_login(person)
    held = sheets(client)
    assert ("氏名", "=HYPERLINK(1)") in held["登録情報"]
    assert held["受講した研修"][1:] == []
