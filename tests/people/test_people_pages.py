import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from lms.core.calendar import today
from lms.core.models import AuditEntry, Job
from lms.people.enums import Role
from lms.people.models import Leave, Person, Posting, Unit
from tests.factories.people import (
    AppointmentFactory,
    LeaveFactory,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)

pytestmark = pytest.mark.django_db
APRIL_1 = dt.date(2026, 4, 1)


@pytest.fixture
def hr(client: Client) -> Client:
    client.force_login(PersonFactory(employee_number="hr", roles=[Role.TRAINING_ADMIN]))
    return client


def listed(client: Client, **query: Any) -> str:
    answer = client.get(reverse("person:index"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_people_are_found_in_any_width(hr: Client) -> None:
    PersonFactory(employee_number="000123", name="髙﨑　花子", name_kana="タカサキ　ハナコ")
    for query in ("髙﨑花子", "髙﨑 花子", "ﾀｶｻｷ", "タカサキハナコ", "０００１２３"):
        assert "髙﨑　花子" in listed(hr, q=query), query
    assert "髙﨑　花子" not in listed(hr, q="山田")


def test_people_are_filtered_by_unit_with_everything_below(hr: Client) -> None:
    top = make_unit("総務部")
    PostingFactory(person__name="甲さん", unit=make_unit("人事課", top))
    PostingFactory(
        person__name="乙さん", unit=make_unit("企画部"), position=PositionFactory(name="長")
    )
    shown = listed(hr, unit=top.pk)
    assert "甲さん" in shown
    assert "乙さん" not in shown
    shown = listed(hr, position=PositionFactory(name="長").pk)
    assert "乙さん" in shown
    assert "甲さん" not in shown
    shown = listed(hr, present="others")
    assert "甲さん" not in shown


def test_the_list_asks_as_often_for_three_as_for_one(
    hr: Client, django_assert_num_queries: Any
) -> None:
    listed(hr)
    PostingFactory()
    with django_assert_num_queries(18):
        listed(hr)
    PostingFactory()
    PostingFactory()
    with django_assert_num_queries(18):
        listed(hr)


def test_a_persons_page_shows_the_whole_history(hr: Client) -> None:
    unit = make_unit("人事課", make_unit("総務部"))
    person = PersonFactory(name="髙﨑　花子")
    PostingFactory(person=person, unit=unit, ends_on=dt.date(2026, 3, 31))
    PostingFactory(person=person, starts_on=APRIL_1)
    LeaveFactory(person=person)
    AppointmentFactory(person=person)
    page = hr.get(reverse("person:inspect", args=[person.pk])).content.decode()
    assert "総務部/人事課" in page
    assert "令和8年3月31日" in page
    assert "育休" in page
    assert "ネットワークリーダー" in page


def test_a_name_is_corrected_with_its_key_and_on_record(hr: Client) -> None:
    person = PersonFactory(employee_number="1", name="高崎　花子")
    answer = hr.post(
        reverse("person:edit", args=[person.pk]),
        {"name": "髙﨑　花子", "name_kana": "", "email": "", "is_active": "on"},
    )
    assert answer.url == reverse("person:inspect", args=[person.pk])
    person.refresh_from_db()
    assert (person.employee_number, person.name) == ("1", "髙﨑　花子")
    assert person.search_key == person.make_search_key()
    entry = AuditEntry.objects.get(action="person.changed")
    assert entry.detail["changes"]["name"] == ["高崎　花子", "髙﨑　花子"]
    assert entry.subject_person == person
    assert Job.objects.get().function == "courses.tasks.sync_enrolments"


def test_a_new_person_gets_an_account_without_password(hr: Client) -> None:
    hr.post(
        reverse("person:add"),
        {"employee_number": "999", "name": "新人　一郎", "name_kana": "", "email": ""},
    )
    person = Person.objects.get(employee_number="999")
    assert not person.has_usable_password()


def posting_facts(person: Person, unit: Unit, **facts: Any) -> dict[str, Any]:
    return {
        "person": person.pk,
        "unit": unit.pk,
        "position": "",
        "employment_type": "",
        "kind": "primary",
        "starts_on": "2026-04-01",
        "ends_on": "",
        "public_on": "",
    } | facts


def test_a_posting_is_added_on_the_page_of_its_person(hr: Client) -> None:
    person, unit = PersonFactory(), make_unit("総務課")
    assert hr.get(reverse("posting:add"), {"person": person.pk}).status_code == 200
    assert hr.get(reverse("posting:add")).status_code == 404
    answer = hr.post(reverse("posting:add"), posting_facts(person, unit))
    assert answer.url == reverse("person:inspect", args=[person.pk])
    posting = Posting.objects.get()
    assert posting.public_on == APRIL_1
    assert AuditEntry.objects.get(action="posting.added").subject_person == person


def test_two_primary_posts_at_a_time_are_refused_in_plain_words(hr: Client) -> None:
    first = PostingFactory()
    answer = hr.post(reverse("posting:add"), posting_facts(first.person, first.unit))
    assert "すでに主務の発令があります" in answer.content.decode()
    backwards = posting_facts(first.person, first.unit, kind="concurrent", ends_on="2026-03-31")
    answer = hr.post(reverse("posting:add"), backwards)
    assert "終了日は、開始日以降" in answer.content.decode()
    assert Posting.objects.count() == 1


def test_a_posting_is_edited_and_deleted(hr: Client) -> None:
    posting = PostingFactory()
    url = reverse("posting:edit", args=[posting.pk])
    facts = posting_facts(PersonFactory(), posting.unit, ends_on="2026-12-31")
    assert hr.get(url).status_code == 200
    hr.post(url, facts)
    owner = posting.person
    posting.refresh_from_db()
    assert (posting.ends_on, posting.person) == (dt.date(2026, 12, 31), owner)
    url = reverse("posting:delete", args=[posting.pk])
    assert hr.get(url).status_code == 200
    hr.post(url)
    assert not Posting.objects.exists()
    assert AuditEntry.objects.filter(action="posting.deleted").exists()


def test_a_leave_names_its_approver_by_number(hr: Client) -> None:
    person = PersonFactory(employee_number="1")
    PersonFactory(employee_number="2", name="承認　者")
    facts = {"person": person.pk, "code": "childcare", "starts_on": "2026-04-01", "ends_on": ""}
    refused = hr.post(reverse("leave:add"), facts | {"approved_by": "9"})
    assert "この職員番号の人はいません" in refused.content.decode()
    hr.post(reverse("leave:add"), facts | {"approved_by": "2"})
    leave = Leave.objects.get()
    assert str(leave.approved_by) == "承認　者"
    assert 'value="2"' in hr.get(reverse("leave:edit", args=[leave.pk])).content.decode()


def test_an_appointment_is_made(hr: Client) -> None:
    person, unit = PersonFactory(), make_unit()
    assert hr.get(reverse("appointment:add"), {"person": person.pk}).status_code == 200
    facts = {
        "person": person.pk,
        "unit": unit.pk,
        "office": "network_leader",
        "starts_on": "2026-04-01",
        "ends_on": "",
    }
    hr.post(reverse("appointment:add"), facts)
    hr.post(reverse("appointment:add"), facts)
    assert person.appointments.count() == 1


def test_units_are_listed_as_a_tree_and_opened_below_one(hr: Client) -> None:
    top = make_unit("総務部")
    facts = {"parent": top.pk, "name": "人事課", "code": "", "starts_on": "2026-04-01"}
    hr.post(reverse("unit:add"), facts | {"ends_on": ""})
    assert Unit.objects.get(name="人事課").get_parent() == top
    assert Unit.find_problems() == ([], [], [], [], [])
    page = hr.get(reverse("unit:index")).content.decode()
    assert page.index("総務部") < page.index("総務部/人事課")


def test_a_unit_with_people_is_not_closed_over_them(hr: Client) -> None:
    unit = PostingFactory().unit
    url = reverse("unit:edit", args=[unit.pk])
    facts = {"name": unit.name, "code": "", "starts_on": "2020-04-01", "ends_on": "2026-03-31"}
    assert "先に発令の終了日" in hr.post(url, facts).content.decode()
    Posting.objects.update(ends_on=dt.date(2026, 3, 31))
    hr.post(url, facts)
    unit.refresh_from_db()
    assert unit.ends_on == dt.date(2026, 3, 31)


@pytest.mark.parametrize(
    "name",
    ["person", "unit", "position", "employment_type", "posting", "leave", "appointment"],
)
def test_lists_open_for_hr_and_audit_and_nobody_else(client: Client, name: str) -> None:
    LeaveFactory(person=PostingFactory().person)
    AppointmentFactory()
    for roles, status in (
        ([Role.TRAINING_ADMIN], 200),
        ([Role.AUDITOR], 200),
        ([Role.AUTHOR], 302),
        ([Role.DX_OFFICE], 302),
        ([], 302),
    ):
        client.force_login(PersonFactory(roles=roles))
        assert client.get(reverse(f"{name}:index")).status_code == status, roles


def test_an_auditor_changes_nothing(client: Client) -> None:
    posting = PostingFactory()
    client.force_login(PersonFactory(roles=[Role.AUDITOR]))
    page = client.get(reverse("person:inspect", args=[posting.person_id])).content.decode()
    assert reverse("posting:edit", args=[posting.pk]) not in page
    for url in (
        reverse("person:edit", args=[posting.person_id]),
        reverse("posting:edit", args=[posting.pk]),
        reverse("posting:delete", args=[posting.pk]),
        reverse("people_passwords"),
    ):
        client.post(url, {"name": "x"})
    posting.refresh_from_db()
    assert [entry.action for entry in AuditEntry.objects.all()] == ["person.read"]


# Accounts


def account_facts(**facts: Any) -> dict[str, Any]:
    return {"employee_number": "adv-1", "name": "助言　者", "name_kana": "", "email": ""} | facts


def test_an_administrator_makes_an_external_account_with_a_role(client: Client) -> None:
    client.force_login(PersonFactory(is_superuser=True))
    assert client.get(reverse("wagtailusers_users:index")).status_code == 200
    assert client.get(reverse("wagtailusers_users:add")).status_code == 200
    advisor = Group.objects.get(name=Role.ADVISOR)
    client.post(reverse("wagtailusers_users:add"), account_facts(groups=[advisor.pk]))
    person = Person.objects.get(employee_number="adv-1")
    assert person.has_role(Role.ADVISOR)
    assert person.search_key == person.make_search_key()
    assert not person.has_usable_password()
    url = reverse("wagtailusers_users:edit", args=[person.pk])
    assert client.get(url).status_code == 200
    client.post(url, account_facts(name="助言　花子"))
    person = Person.objects.get(employee_number="adv-1")
    assert (person.name, person.is_active) == ("助言　花子", False)
    assert not person.groups.exists()


def test_hr_reaches_no_account_screen(hr: Client) -> None:
    person = PersonFactory()
    for url in (
        reverse("wagtailusers_users:index"),
        reverse("wagtailusers_users:add"),
        reverse("wagtailusers_users:edit", args=[person.pk]),
    ):
        assert hr.get(url).status_code in (302, 403)
    bulk = reverse("wagtail_bulk_action", args=["people", "person", "assign_role"])
    role = Group.objects.get(name=Role.AUTHOR)
    hr.post(f"{bulk}?id={person.pk}", {"role": role.pk})
    assert not person.groups.exists()


# First passwords


def test_slips_are_shown_once_and_open_the_door(hr: Client, client: Client) -> None:
    unit = make_unit("総務課")
    person = PersonFactory(employee_number="000123", name="髙﨑　𠮷子")
    person.set_unusable_password()
    person.save()
    PostingFactory(person=person, unit=unit)
    PostingFactory(unit=unit, person__name="もう　ある")
    assert "1人" in hr.get(reverse("people_passwords")).content.decode()
    answer = hr.post(reverse("people_passwords"), {"unit": unit.pk, "output": "slips"})
    page = answer.content.decode()
    assert "髙﨑　𠮷子" in page
    assert "もう　ある" not in page
    assert "no-store" in answer.headers["Cache-Control"]
    password = page.split('<code class="slip__password">')[1].split("<")[0]
    person.refresh_from_db()
    assert person.check_password(password)
    assert person.must_change_password
    entry = AuditEntry.objects.get(action="password.issued")
    assert entry.subject_person == person
    assert password not in str(entry.detail)
    again = hr.post(reverse("people_passwords"), {"unit": unit.pk, "output": "slips"})
    assert again.status_code == 422
    assert "パスワードの要る人が見つかりません" in again.content.decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_one_persons_password_is_issued_again_as_a_file(hr: Client, kind: str) -> None:
    person = PersonFactory(employee_number="000123")
    before = person.password
    answer = hr.post(
        reverse("people_passwords"),
        {"employee_numbers": "000123", "everybody": "on", "output": kind},
    )
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"PK" if kind == "xlsx" else b"\xef\xbb\xbf")
    person.refresh_from_db()
    assert person.password != before


def test_passwords_need_somebody_to_get_them(hr: Client) -> None:
    answer = hr.post(reverse("people_passwords"), {"output": "slips"})
    assert answer.status_code == 422
    answer = hr.post(reverse("people_passwords"), {"employee_numbers": "nobody", "output": "slips"})
    assert "nobody" in answer.content.decode()


def test_hr_cannot_issue_the_password_of_an_administrator(hr: Client) -> None:
    admin = PersonFactory(employee_number="admin", is_superuser=True)
    facts = {"employee_numbers": "admin", "everybody": "on", "output": "slips"}
    assert hr.post(reverse("people_passwords"), facts).status_code == 422
    before = admin.password
    admin.refresh_from_db()
    assert admin.password == before


def test_who_left_needs_no_password(hr: Client) -> None:
    posting = PostingFactory(ends_on=today() - dt.timedelta(days=1))
    facts = {"unit": posting.unit_id, "everybody": "on", "output": "slips"}
    assert hr.post(reverse("people_passwords"), facts).status_code == 422
