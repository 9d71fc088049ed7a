import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.test import Client

from courses.enums import ReleaseKind
from lms.core.models import AuditEntry
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import EnrolmentFactory, OfferingFactory
from tests.factories.people import PersonFactory, PostingFactory, make_unit
from tests.reports.conftest import Office, completed, release

URL = "/reports/completion/"
ONE = f"{URL}?offering=security-2026"
PAGES = ["/reports/", URL, ONE]


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def csv_rows(client: Client, url: str) -> list[list[str]]:
    response = client.get(f"{url}&format=csv")
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.content.decode("cp932"), newline="")))


# Who may see it


@pytest.mark.parametrize("url", PAGES)
def test_strangers_are_led_to_the_sign_in(client: Client, office: Office, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=/reports/")


@pytest.mark.parametrize("roles", [[], [Role.DX_OFFICE], [Role.AUTHOR, Role.ADVISOR]])
@pytest.mark.parametrize("url", PAGES)
def test_who_does_not_need_hr_data_is_refused(office: Office, url: str, roles: list[Role]) -> None:
    person = office.enrol(office.affairs, person=PersonFactory(roles=roles)).person
    assert signed_in(person).get(url).status_code == 403


@pytest.mark.parametrize("url", PAGES)
def test_hr_auditors_and_heads_may_look(
    office: Office, hr: Person, auditor: Person, url: str
) -> None:
    for person in (hr, auditor, office.head_of(office.affairs)):
        assert signed_in(person).get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
def test_a_get_is_all_there_is(office: Office, hr: Person, url: str) -> None:
    assert signed_in(hr).post(url).status_code == 405


def test_a_head_sees_the_own_units_only(office: Office) -> None:
    office.enrol(office.clerks, "係の人")
    office.enrol(office.finance, "隣の人")
    office.enrol(office.general, "上の人")
    client = signed_in(office.head_of(office.affairs))
    page = client.get(ONE).content.decode()
    assert "係の人" in page
    assert "隣の人" not in page
    assert "上の人" not in page
    assert csv_rows(client, ONE)[1:] == [
        ["総務部/総務課", "1", "0", "0", "0", "0", "1", "0.0"],
        ["総務部/総務課/庶務係", "1", "0", "0", "0", "0", "1", "0.0"],
        ["合計", "1", "0", "0", "0", "0", "1", "0.0"],
    ]
    for by, column in (("position", 1), ("employment_type", 1), ("person", 5)):
        assert csv_rows(client, f"{ONE}&by={by}")[-1][column] == "1"
        assert "隣の人" not in client.get(f"{ONE}&by={by}").content.decode()
    assert client.get(f"{ONE}&unit={office.clerks.pk}").status_code == 200


@pytest.mark.parametrize("ending", ["", "&by=person", "&format=csv", "&by=person&format=xlsx"])
def test_the_unit_of_another_head_is_not_found(office: Office, ending: str) -> None:
    client = signed_in(office.head_of(office.affairs))
    for unit in (office.finance, office.general, office.welfare):
        assert client.get(f"{ONE}&unit={unit.pk}{ending}").status_code == 404


def test_a_head_of_two_units_sees_both_and_their_sum(office: Office) -> None:
    head = office.head_of(office.affairs)
    PostingFactory(
        person=head, unit=office.welfare, kind="concurrent", position=office.head_position
    )
    office.enrol(office.clerks)
    office.enrol(office.welfare)
    office.enrol(office.finance)
    client = signed_in(head)
    assert [row[:2] for row in csv_rows(client, ONE)[1:]] == [
        ["総務部/総務課", "1"],
        ["総務部/総務課/庶務係", "1"],
        ["福祉部", "1"],
        ["合計", "2"],
    ]
    assert "総務課、福祉部" in client.get(ONE).content.decode()


def test_who_heads_nothing_any_more_is_refused(office: Office) -> None:
    head = office.head_of(office.affairs)
    head.postings.update(ends_on="2026-11-22")
    PostingFactory(person=head, unit=office.affairs, starts_on="2026-11-23")
    assert signed_in(head).get(ONE).status_code == 403


@pytest.mark.parametrize("unit", ["0", "999999", "x", "-1"])
def test_a_unit_or_offering_that_is_not_there_is_not_found(
    office: Office, hr: Person, unit: str
) -> None:
    client = signed_in(hr)
    assert client.get(f"{ONE}&unit={unit}").status_code == 404
    assert client.get(f"{URL}?offering={unit}").status_code == 404
    assert client.get(f"{ONE}&format=pdf").status_code == 404
    assert client.get(f"{ONE}&format=csv&encoding=rot13").status_code == 404


# Days to come


def test_only_hr_may_ask_for_a_day_to_come(office: Office, hr: Person, auditor: Person) -> None:
    person = PersonFactory()
    PostingFactory(person=person, unit=office.affairs, ends_on="2026-11-30")
    PostingFactory(
        person=person, unit=office.welfare, starts_on="2026-12-01", public_on="2026-12-01"
    )
    office.enrol(person=person)
    december = f"{ONE}&as_of=2026-12-01"
    assert ["福祉部", "1"] in [row[:2] for row in csv_rows(signed_in(hr), december)]
    for viewer in (auditor, office.head_of(office.welfare)):
        for url in (december, f"{december}&format=csv", f"{URL}?as_of=2026-12-01"):
            response = signed_in(viewer).get(url)
            assert response["Content-Type"].startswith("text/html")
            assert (
                "今日（令和8年11月23日）以前の日付を入力してください。" in response.content.decode()
            )
            assert "対象 1人" not in response.content.decode()


def test_a_transfer_that_is_not_public_is_kept_from_its_new_head(
    office: Office, hr: Person
) -> None:
    person = PersonFactory(name="移る人")
    PostingFactory(person=person, unit=office.affairs, ends_on="2026-11-20")
    PostingFactory(
        person=person, unit=office.welfare, starts_on="2026-11-21", public_on="2026-11-24"
    )
    office.enrol(person=person)
    assert "移る人" not in signed_in(office.head_of(office.welfare)).get(ONE).content.decode()
    assert "移る人" in signed_in(office.head_of(office.affairs)).get(ONE).content.decode()
    in_welfare = f"{ONE}&unit={office.welfare.pk}"
    assert "移る人" in signed_in(hr).get(in_welfare).content.decode()


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "1990-01-01", "2999-01-01"])
def test_a_day_that_is_none_says_what_to_enter(office: Office, hr: Person, day: str) -> None:
    for url in (f"{ONE}&as_of={day}", f"{URL}?as_of={day}", f"{ONE}&as_of={day}&format=csv"):
        response = signed_in(hr).get(url)
        assert response.status_code == 200
        assert "入力してください。" in response.content.decode()


# What it shows


def test_the_overview_shows_each_offering_of_the_year(office: Office, hr: Person) -> None:
    OfferingFactory(course=office.offering.course, slug="last-year", fiscal_year=2025)
    office.enrol(office.affairs, **completed())
    office.enrol(office.affairs)
    release(office.enrol(office.affairs), ReleaseKind.WAIVER)
    client = signed_in(hr)
    page = client.get(URL).content.decode()
    assert "50.0％（1／2人）" in page
    assert "security-2026" in page
    assert "last-year" not in page
    page = client.get(f"{URL}?year=2025").content.decode()
    assert "last-year" in page
    assert "－" in page
    assert csv_rows(client, f"{URL}?year=2026") == [
        ["年度", "研修", "実施回", "対象", "免除", "取下", "修了", "受講中", "未着手", "受講率"],
        [
            "令和8年度",
            "情報セキュリティ研修",
            "security-2026",
            "3",
            "1",
            "0",
            "1",
            "0",
            "1",
            "50.0",
        ],
    ]


def test_a_head_sees_only_offerings_with_own_people(office: Office) -> None:
    office.enrol(office.affairs)
    OfferingFactory(course=office.offering.course, slug="others")
    page = signed_in(office.head_of(office.affairs)).get(URL).content.decode()
    assert "security-2026" in page
    assert "others" not in page
    page = signed_in(office.head_of(office.welfare)).get(URL).content.decode()
    assert "集計する実施回はありません" in page


def test_nobody_enrolled_shows_a_dash_and_says_why(office: Office, hr: Person) -> None:
    page = signed_in(hr).get(ONE).content.decode()
    assert "<strong>－</strong>" in page
    assert "対象者はいません" in page
    assert csv_rows(signed_in(hr), ONE)[-1] == ["合計", "0", "0", "0", "0", "0", "0", ""]


def test_the_summary_adds_up_and_tells_who_is_late(office: Office, hr: Person) -> None:
    office.enrol(office.affairs, **completed())
    office.enrol(office.affairs, due_on="2026-11-22")
    office.enrol(office.affairs, due_on="2026-11-23")
    release(office.enrol(office.affairs, due_on="2026-11-01"), ReleaseKind.WITHDRAWAL)
    page = signed_in(hr).get(ONE).content.decode()
    assert "対象 4人 ＝ 免除 0 ＋ 取下 1 ＋ 修了 1 ＋ 受講中 0 ＋ 未着手 2" in page
    assert "33.3％（1／3人）" in page
    assert "受講期限を過ぎた人が1人います。" in page


def test_drilling_down_leads_from_the_office_to_people(office: Office, hr: Person) -> None:
    office.enrol(office.clerks, "髙﨑　𠮷子")
    client = signed_in(hr)
    assert "髙﨑" not in client.get(ONE).content.decode()
    page = client.get(ONE).content.decode()
    assert f"?offering=security-2026&amp;unit={office.general.pk}" in page
    page = client.get(f"{ONE}&unit={office.clerks.pk}").content.decode()
    assert "髙﨑　𠮷子" in page
    for above in (office.general, office.affairs):
        assert f"unit={above.pk}" in page
    assert '<a href="?offering=security-2026">全庁</a>' in page


def test_a_long_report_begins_at_the_top_and_the_file_holds_every_level(
    office: Office, hr: Person
) -> None:
    office.enrol(office.affairs)
    for number in range(40):
        make_unit(f"{number}係", office.general)
    client = signed_in(hr)
    page = client.get(ONE).content.decode()
    assert f"unit={office.general.pk}" in page
    assert f"unit={office.affairs.pk}" not in page
    assert f"unit={office.affairs.pk}" in client.get(f"{ONE}&levels=9").content.decode()
    assert f"unit={office.affairs.pk}" in client.get(f"{ONE}&unit={office.general.pk}").text
    assert ["総務部/総務課", "1", "0", "0", "0", "0", "1", "0.0"] in csv_rows(client, ONE)


def test_the_list_can_be_of_those_who_are_not_done_only(office: Office, hr: Person) -> None:
    office.enrol(office.affairs, "済んだ人", **completed())
    office.enrol(office.affairs, "まだの人")
    office.enrol(office.affairs, "遅れた人", due_on="2026-11-01")
    client = signed_in(hr)

    def names(query: str) -> list[str]:
        return [row[1] for row in csv_rows(client, f"{ONE}&by=person{query}")[1:-1]]

    assert sorted(names("")) == ["まだの人", "済んだ人", "遅れた人"]
    assert sorted(names("&only=open")) == ["まだの人", "遅れた人"]
    assert names("&only=late") == ["遅れた人"]
    page = client.get(f"{ONE}&by=person&only=late").content.decode()
    assert "済んだ人" not in page
    # The rate stays that of everybody.
    assert "33.3％（1／3人）" in page
    page = client.get(f"{ONE}&by=person&only=late&as_of=2026-10-01").content.decode()
    assert "該当する職員はいません" in page


def test_scores_are_shown_to_nobody(office: Office, hr: Person) -> None:
    office.enrol(office.affairs, **completed(), score=87)
    for person in (hr, office.head_of(office.affairs)):
        client = signed_in(person)
        url = f"{ONE}&by=person"
        assert "87" not in client.get(url).content.decode().split("<main")[1]
        assert "87" not in {cell for row in csv_rows(client, url) for cell in row}


def test_sorting_by_a_column_says_so_and_files_follow(office: Office, hr: Person) -> None:
    office.enrol(office.affairs)
    office.enrol(office.welfare, **completed())
    client = signed_in(hr)
    page = client.get(f"{ONE}&levels=1&sort=-rate").content.decode()
    assert 'aria-sort="descending"' in page
    assert [row[0] for row in csv_rows(client, f"{ONE}&levels=1&sort=-rate")[1:]] == [
        "福祉部",
        "総務部",
        "合計",
    ]
    assert client.get(f"{ONE}&sort=person__password").status_code == 200


def test_people_come_fifty_a_page_with_the_filters_kept(office: Office, hr: Person) -> None:
    for person in PersonFactory.create_batch(51):
        EnrolmentFactory(person=person, offering=office.offering)
    client = signed_in(hr)
    first = client.get(f"{ONE}&by=person")
    assert len(first.context["people"]) == 50
    assert "offering=security-2026&amp;by=person&amp;page=2" in first.content.decode()
    assert len(client.get(f"{ONE}&by=person&page=2").context["people"]) == 1
    assert len(client.get(f"{ONE}&by=person&page=99").context["people"]) == 1
    assert len(csv_rows(client, f"{ONE}&by=person&page=2")) == 1 + 51 + 1


# Files


def test_files_have_japanese_names_and_say_what_they_are(office: Office, hr: Person) -> None:
    client = signed_in(hr)
    response = client.get(f"{ONE}&format=csv")
    assert response["Content-Type"] == "text/csv; charset=windows-31j"
    assert unquote(response["Content-Disposition"]) == (
        "attachment; filename*=utf-8''受講状況_security-2026_所属別_20261123.csv"
    )
    assert "no-store" in response["Cache-Control"]
    unit = make_unit('窓口/受付"係')
    response = client.get(f"{ONE}&unit={unit.pk}&format=xlsx")
    assert unquote(response["Content-Disposition"]).endswith(
        "''受講状況_security-2026_所属別_窓口-受付-係_20261123.xlsx"
    )
    response = client.get(f"{ONE}&format=csv&encoding=utf-8-sig")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")


def test_xlsx_says_under_which_conditions_it_was_made(office: Office, hr: Person) -> None:
    office.enrol(office.affairs, "=1+1")
    response = signed_in(hr).get(f"{ONE}&by=person&unit={office.general.pk}&format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    sheet = book["受講状況"]
    assert sheet["B2"].value == "=1+1"
    assert sheet["B2"].data_type == "s"
    assert [cell.value for cell in sheet[1]] == [
        *("職員番号", "氏名", "所属", "職位", "任用形態"),
        *("対象", "免除", "取下", "修了", "受講中", "未着手", "受講率"),
        *("状態", "受講期限", "修了日"),
    ]
    conditions = dict(book["条件"].iter_rows(values_only=True))
    assert conditions["実施回"] == "security-2026"
    assert conditions["範囲"] == "総務部"
    assert conditions["作成者"] == "人財　花子"
    assert conditions["基準日"] == "令和8年11月23日（月）（2026-11-23）の終わり"


def test_formulas_are_inert_in_csv(office: Office, hr: Person) -> None:
    unit = make_unit("=cmd()")
    office.enrol(unit, "@SUM(A1)")
    client = signed_in(hr)
    assert "'=cmd()" in [row[0] for row in csv_rows(client, ONE)]
    assert csv_rows(client, f"{ONE}&by=person")[1][1:3] == ["'@SUM(A1)", "'=cmd()"]


def test_what_cp932_lacks_is_told_before_the_download(office: Office, hr: Person) -> None:
    office.enrol(office.affairs, "𠮷田　一")
    office.enrol(office.affairs, "髙橋　花")
    client = signed_in(hr)
    page = client.get(f"{ONE}&by=person").content.decode()
    notice = page.split("表せない文字があります")[1].split("</div>")[0]
    assert "𠮷田　一" in notice
    assert "髙橋" not in notice
    names = {row[1] for row in csv_rows(client, f"{ONE}&by=person")}
    assert {"〓田　一", "髙橋　花"} <= names
    assert "表せない文字があります" not in client.get(ONE).content.decode()


# The log of what was read


def entries() -> list[dict[str, Any]]:
    return list(AuditEntry.objects.order_by("pk").values("action", "actor_id", "subject", "detail"))


def test_names_that_hr_or_audit_reads_are_on_record(
    office: Office, hr: Person, auditor: Person
) -> None:
    office.enrol(office.affairs)
    for person in (hr, auditor):
        signed_in(person).get(f"{ONE}&unit={office.affairs.pk}&as_of=2026-11-01")
    assert entries() == [
        {
            "action": "reports.completion_names_read",
            "actor_id": person.pk,
            "subject": f"courses.offering:{office.offering.pk}",
            "detail": {
                "on": "2026-11-01",
                "people": 1,
                "medium": "screen",
                "paths": [office.affairs.path],
                "unit": "総務部/総務課",
            },
        }
        for person in (hr, auditor)
    ]


def test_totals_without_names_leave_no_entry(office: Office, hr: Person) -> None:
    office.enrol(office.affairs)
    client = signed_in(hr)
    for url in (URL, ONE, f"{ONE}&by=position", f"{ONE}&format=csv", f"{URL}?format=xlsx"):
        client.get(url)
    assert entries() == []


def test_every_file_with_names_is_on_record_a_head_looking_is_not(office: Office) -> None:
    office.enrol(office.affairs)
    head = office.head_of(office.affairs)
    client = signed_in(head)
    client.get(ONE)
    assert entries() == []
    client.get(f"{ONE}&by=person&format=csv")
    assert [(entry["actor_id"], entry["detail"]["medium"]) for entry in entries()] == [
        (head.pk, "csv")
    ]


# Queries


@pytest.mark.parametrize("people", [1, 3])
@pytest.mark.parametrize(("url", "queries"), [(URL, 8), (ONE, 10), (f"{ONE}&by=person", 11)])
def test_the_queries_do_not_grow_with_the_rows(  # noqa: PLR0917 - fixtures
    office: Office,
    hr: Person,
    people: int,
    url: str,
    queries: int,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for number in range(people):
        office.enrol(make_unit(f"課{number}"))
        OfferingFactory(course=office.offering.course, slug=f"more-{number}")
    client = signed_in(hr)
    with django_assert_num_queries(queries):
        client.get(url)
