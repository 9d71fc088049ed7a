import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

import pytest
from django.utils import timezone

from courses.enums import AssignedBy
from lms.core.models import AuditEntry, Job
from lms.people.domain.roster.profiles import get_profile
from lms.people.domain.roster.run import Result, import_roster, preview_roster
from lms.people.domain.roster.table import parse_table
from lms.people.models import EmploymentType, Person, Position, Posting, RosterImport, Unit
from tests.factories.courses import EnrolmentFactory
from tests.factories.people import PersonFactory, make_unit

pytestmark = pytest.mark.django_db

HEADING = [
    "職員番号",
    "氏名",
    "フリガナ",
    "所属",
    "職位",
    "任用形態",
    "発令区分",
    "発令日",
    "終了日",
]
MARCH_31 = dt.date(2026, 3, 31)
APRIL_1 = dt.date(2026, 4, 1)


def staff(number: str, unit: str = "総務部/総務課", **cells: str) -> dict[str, str]:
    return {"職員番号": number, "氏名": f"職員　{number}", "所属": unit} | cells


def as_csv(rows: Iterable[dict[str, str]], heading: list[str] = HEADING) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, heading, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def load(
    *rows: dict[str, str],
    as_of: dt.date = APRIL_1,
    heading: list[str] = HEADING,
    profile: str | None = None,
) -> Result:
    return import_roster(
        parse_table(as_csv(rows, heading)),
        get_profile(profile),
        as_of=as_of,
        file_name="roster.csv",
        by=None,
        at=timezone.now(),
    )


def counts(result: Result) -> dict[str, int]:
    keys = ("joined", "moved", "left", "updated", "unchanged")
    return {key: result.summary[key] for key in keys if result.summary[key]}


def errors(result: Result) -> list[tuple[int, str]]:
    return [(problem["row"], problem["column"]) for problem in result.summary["errors"]]


def timeline(number: str) -> list[tuple[str, str, dt.date, dt.date | None]]:
    postings = Posting.objects.filter(person__employee_number=number).order_by("starts_on", "pk")
    return [(post.unit.name, post.kind, post.starts_on, post.ends_on) for post in postings]


def test_a_first_import_opens_units_posts_and_people() -> None:
    result = load(
        staff("000123", 職位="課長", 任用形態="正規職員", フリガナ="ﾀｶｻｷ ﾊﾅｺ", 発令日="2020/4/1"),
        staff("000124", "総務部/人事課", 職位="主事", 任用形態="会計年度任用職員"),
    )
    assert result.summary["errors"] == []
    assert result.summary["applied"] is True
    assert counts(result) == {"joined": 2}
    assert result.summary["units_opened"] == 3
    assert timeline("000123") == [("総務課", "primary", dt.date(2020, 4, 1), None)]
    assert timeline("000124") == [("人事課", "primary", APRIL_1, None)]
    person = Person.objects.get(employee_number="000123")
    assert person.name_kana == "タカサキ ハナコ"
    assert not person.has_usable_password()
    assert Posting.objects.get(person=person).public_on == dt.date(2020, 4, 1)
    assert Unit.objects.get(name="総務部").starts_on == dt.date(2020, 4, 1)
    assert Unit.objects.get(name="人事課").starts_on == APRIL_1
    assert Unit.find_problems() == ([], [], [], [], [])
    assert Position.objects.get(name="課長").heads_unit
    assert not Position.objects.get(name="主事").heads_unit
    assert EmploymentType.objects.get(name="正規職員").rank < 50


def test_the_same_file_twice_changes_nothing() -> None:
    rows = [
        staff("1", 職位="係長", 発令日="2020/4/1"),
        staff("1", "企画部", 発令区分="兼務"),
        staff("2", 終了日="2027/3/31"),
        staff("3", 発令日="2026/10/1"),
        staff("4", "議会事務局", 発令区分="出向"),
    ]
    assert counts(load(*rows)) == {"joined": 4}
    before = list(Posting.objects.order_by("pk").values()), AuditEntry.objects.count()
    again = load(*rows)
    assert counts(again) == {"unchanged": 4}
    assert again.summary["units_opened"] == 0
    assert again.summary["applied"] is True
    assert list(Posting.objects.order_by("pk").values()) == before[0]
    # The import itself is on record, no person is.
    assert AuditEntry.objects.count() == before[1] + 1


def test_a_transfer_ends_the_old_post_on_the_day_before() -> None:
    load(staff("1"), as_of=dt.date(2025, 4, 1))
    result = load(staff("1", "総務部/人事課", 発令日="2026/4/1"), as_of=APRIL_1)
    assert counts(result) == {"moved": 1}
    assert timeline("1") == [
        ("総務課", "primary", dt.date(2025, 4, 1), MARCH_31),
        ("人事課", "primary", APRIL_1, None),
    ]
    change = result.plan.changes[0] if result.plan else None
    assert change
    assert (change.before, change.after) == ("総務部/総務課", "総務部/人事課")


def test_a_future_transfer_leaves_the_present_post_until_the_day_before() -> None:
    load(staff("1"), as_of=dt.date(2025, 4, 1))
    rows = [staff("1"), staff("1", "企画部", 発令日="令和8年4月1日")]
    assert counts(load(*rows, as_of=dt.date(2026, 3, 25))) == {"moved": 1}
    expected = [
        ("総務課", "primary", dt.date(2025, 4, 1), MARCH_31),
        ("企画部", "primary", APRIL_1, None),
    ]
    assert timeline("1") == expected
    assert counts(load(*rows, as_of=MARCH_31)) == {"unchanged": 1}
    # On the day itself the file names the new post alone.
    assert counts(load(staff("1", "企画部"), as_of=APRIL_1)) == {"unchanged": 1}
    assert timeline("1") == expected


def test_who_is_not_in_the_file_has_left_the_day_before() -> None:
    load(staff("1"), staff("2"), as_of=dt.date(2025, 4, 1))
    result = load(staff("1"), as_of=APRIL_1)
    assert counts(result) == {"left": 1, "unchanged": 1}
    assert timeline("2") == [("総務課", "primary", dt.date(2025, 4, 1), MARCH_31)]
    entry = AuditEntry.objects.get(action="person.left")
    assert entry.subject_person
    assert entry.subject_person.employee_number == "2"
    assert entry.detail["before"][0]["ends_on"] is None
    assert entry.detail["after"][0]["ends_on"] == "2026-03-31"
    assert counts(load(staff("1"), as_of=APRIL_1)) == {"unchanged": 1}


def test_a_post_that_begins_today_is_deleted_when_its_holder_never_came() -> None:
    load(staff("1"), staff("2", 発令日="2026/4/1"), as_of=APRIL_1)
    assert counts(load(staff("1"), as_of=APRIL_1)) == {"left": 1, "unchanged": 1}
    assert timeline("2") == []


def test_a_post_that_a_completion_remembers_is_shortened_not_deleted() -> None:
    load(staff("1"), staff("2"), as_of=APRIL_1)
    posting = Posting.objects.get(person__employee_number="2")
    EnrolmentFactory(person=posting.person, posting=posting, assigned_by=AssignedBy.AUDIENCE)
    assert counts(load(staff("1"), as_of=APRIL_1)) == {"left": 1, "unchanged": 1}
    assert timeline("2") == [("総務課", "primary", APRIL_1, APRIL_1)]
    assert counts(load(staff("1"), as_of=APRIL_1)) == {"unchanged": 2}


def test_who_comes_back_joins_again() -> None:
    rows = [staff("1"), staff("2", 発令日="2020/4/1")]
    load(*rows, as_of=dt.date(2025, 4, 1))
    load(rows[0], as_of=dt.date(2025, 10, 1))
    assert counts(load(*rows, as_of=APRIL_1)) == {"joined": 1, "unchanged": 1}
    assert timeline("2") == [
        ("総務課", "primary", dt.date(2020, 4, 1), dt.date(2025, 9, 30)),
        ("総務課", "primary", APRIL_1, None),
    ]
    assert counts(load(*rows, as_of=APRIL_1)) == {"unchanged": 2}


def test_a_renewed_term_is_no_new_person() -> None:
    load(staff("1", 発令日="2025/4/1", 終了日="2026/3/31"), as_of=dt.date(2025, 4, 1))
    rows = [
        staff("1", 発令日="2025/4/1", 終了日="2026/3/31"),
        staff("1", 発令日="2026/4/1", 終了日="2027/3/31"),
    ]
    assert counts(load(*rows, as_of=APRIL_1)) == {"moved": 1}
    assert counts(load(*rows, as_of=APRIL_1)) == {"unchanged": 1}
    assert [post[2:] for post in timeline("1")] == [
        (dt.date(2025, 4, 1), MARCH_31),
        (APRIL_1, dt.date(2027, 3, 31)),
    ]


def test_a_retirement_ends_every_post() -> None:
    load(staff("1"), staff("2"), staff("2", "企画部", 発令区分="兼務"), as_of=dt.date(2025, 4, 1))
    result = load(staff("1"), staff("2", 発令区分="退職", 終了日="2026/3/31"), as_of=APRIL_1)
    assert counts(result) == {"left": 1, "unchanged": 1}
    assert {post[3] for post in timeline("2")} == {MARCH_31}


def test_a_retirement_dated_the_day_after_ends_on_the_last_day() -> None:
    load(staff("1"), as_of=dt.date(2025, 4, 1))
    load(staff("1"), staff("1", "", 発令区分="退職", 発令日="2026/4/1"), as_of=dt.date(2026, 3, 1))
    assert timeline("1")[0][3] == MARCH_31


def test_the_record_of_the_same_day_is_corrected_in_place() -> None:
    load(staff("1"), as_of=APRIL_1)
    first = Posting.objects.get()
    assert counts(load(staff("1", "企画部"), as_of=APRIL_1)) == {"moved": 1}
    corrected = Posting.objects.get()
    assert (corrected.pk, corrected.unit.name) == (first.pk, "企画部")
    entry = AuditEntry.objects.get(action="person.moved")
    assert entry.detail["before"][0]["unit"] == "総務部/総務課"
    assert entry.detail["after"][0]["unit"] == "企画部"


def test_a_first_day_before_the_present_post_is_questioned() -> None:
    load(staff("1", 発令日="2026/4/1"), as_of=APRIL_1)
    result = load(staff("1", "企画部", 発令日="2026/3/1"), as_of=APRIL_1)
    assert errors(result) == [(2, "発令日")]
    assert "令和8年4月1日" in result.summary["errors"][0]["message"]


def test_concurrent_posts_are_the_set_that_the_file_names() -> None:
    load(staff("1"), staff("1", "企画部", 発令区分="兼務"), as_of=dt.date(2025, 4, 1))
    result = load(staff("1"), staff("1", "税務部", 発令区分="併任"), as_of=APRIL_1)
    assert counts(result) == {"moved": 1}
    assert timeline("1") == [
        ("総務課", "primary", dt.date(2025, 4, 1), None),
        ("企画部", "concurrent", dt.date(2025, 4, 1), MARCH_31),
        ("税務部", "joint", APRIL_1, None),
    ]


def test_a_missing_optional_column_says_nothing_about_the_post() -> None:
    load(staff("1", 職位="係長", 任用形態="正規職員"), as_of=dt.date(2025, 4, 1))
    short = ["職員番号", "氏名", "所属"]
    assert counts(load(staff("1"), heading=short)) == {"unchanged": 1}
    load(staff("1", "企画部"), heading=short)
    present = Posting.objects.get(ends_on=None)
    assert (str(present.position), str(present.employment_type)) == ("係長", "正規職員")


def test_only_the_name_changes_after_a_marriage() -> None:
    load(staff("1"), as_of=dt.date(2025, 4, 1))
    result = load(staff("1", 氏名="髙﨑　𠮷子"), as_of=APRIL_1)
    assert counts(result) == {"updated": 1}
    person = Person.objects.get()
    assert person.name == "髙﨑　𠮷子"
    assert person.search_key == person.make_search_key()


def test_names_are_stored_exactly_as_given() -> None:
    names = ["神﨑　花", "神﨑　花", "ﾏｲｹﾙ　Ｓｍｉｔｈ", "葛󠄀城　要"]
    load(*(staff(str(n), 氏名=f"　{name} ") for n, name in enumerate(names)))
    assert list(Person.objects.order_by("employee_number").values_list("name", flat=True)) == names
    heading = ["職員番号", "姓", "名", "所属"]
    load({"職員番号": "0", "姓": "神﨑", "名": "花", "所属": "総務部"}, heading=heading)
    assert Person.objects.get(employee_number="0").name == "神﨑　花"


def test_external_people_and_administrators_are_never_touched() -> None:
    PersonFactory(employee_number="advisor")
    PersonFactory(employee_number="admin", name="管理者", is_superuser=True)
    result = load(staff("1"), staff("admin", 氏名="gws-admin"))
    assert counts(result) == {"joined": 1}
    assert [warning["row"] for warning in result.summary["warnings"]] == [3]
    assert Person.objects.get(employee_number="admin").name == "管理者"
    assert timeline("admin") == []


def test_every_wrong_row_is_named_and_nothing_is_written() -> None:
    result = load(
        staff(""),
        staff("12 34"),
        staff("3", 氏名=""),
        staff("4", ""),
        staff("5", 発令区分="栄転"),
        staff("6", 発令日="2026/13/1"),
        staff("7", 発令日="2026/4/2", 終了日="2026/4/1"),
        staff("8", 職位="あ" * 61),
        staff("9", 氏名="名" * 101),
        staff("10"),
        staff("10"),
        staff("11", 氏名="山田　太郎"),
        staff("11", "企画部", 氏名="山田　次郎", 発令区分="兼務"),
        staff("12", 発令区分="兼務"),
        staff("13", 氏名="改\n行"),
        staff("14"),
    )
    assert errors(result) == [
        (2, "職員番号"),
        (3, "職員番号"),
        (4, "氏名"),
        (5, "所属"),
        (6, "発令区分"),
        (7, "発令日"),
        (8, "終了日"),
        (9, "職位"),
        (10, "氏名"),
        (12, "発令日"),
        (14, "氏名"),
        (15, "発令区分"),
        (16, "氏名"),
    ]
    assert all(problem["message"] for problem in result.summary["errors"])
    assert result.summary["applied"] is False
    for model in (Person, Unit, Posting, Position, RosterImport, AuditEntry, Job):
        assert not model._default_manager.exists(), model


def test_the_accepted_words_are_named() -> None:
    message = load(staff("1", 発令区分="栄転")).summary["errors"][0]["message"]
    assert "栄転" in message
    assert "兼務" in message
    assert "退職" in message


def test_bad_e_mail_is_an_error_and_no_e_mail_is_fine() -> None:
    heading = [*HEADING, "メールアドレス"]
    result = load(staff("1", メールアドレス="no address"), staff("2"), heading=heading)
    assert errors(result) == [(2, "メールアドレス")]


def test_rows_count_as_a_spreadsheet_counts_them() -> None:
    content = '職員番号,氏名,所属,備考\r\n1,甲,総務課,"二\n行"\r\n,,,\r\n\r\n2,乙,,\r\n'.encode()
    result = preview_roster(parse_table(content), get_profile(None), as_of=APRIL_1)
    assert errors(result) == [(5, "所属")]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        (["氏名", "所属"], "職員番号"),
        (["職員番号", "所属"], "氏名"),
        (["職員番号", "姓", "所属"], "名"),
        (["職員番号", "氏名", "所属", "所属"], "所属"),
    ],
)
def test_a_wrong_heading_is_named_in_row_1(heading: list[str], column: str) -> None:
    content = (",".join(heading) + "\n1,2,3,4\n").encode()
    result = preview_roster(parse_table(content), get_profile(None), as_of=APRIL_1)
    assert errors(result) == [(1, column)]


def test_a_heading_of_a_shipped_mapping_suggests_it() -> None:
    content = "氏名,ユーザーID,職員番号,グループ,グループ（主）\nA,1,,課,\n".encode()
    result = preview_roster(parse_table(content), get_profile(None), as_of=APRIL_1)
    assert "--map gws-users" in result.summary["errors"][0]["message"]


def test_leading_zeros_that_a_spreadsheet_ate_are_noticed() -> None:
    load(staff("000123"), staff("000124"))
    result = load(staff("123"), staff("000124"))
    assert errors(result) == [(2, "職員番号")]
    assert "000123" in result.summary["errors"][0]["message"]


def test_full_width_numbers_are_the_same_person() -> None:
    load(staff("000123"))
    assert counts(load(staff("０００１２３", 氏名="職員　000123"))) == {"unchanged": 1}


def test_an_empty_roster_does_not_make_everybody_leave() -> None:
    load(staff("1"))
    result = load()
    assert errors(result) == [(2, "")]
    assert timeline("1")[0][3] is None


def test_units_are_the_same_in_any_width_and_reach_back_to_the_first_posting() -> None:
    top = make_unit("ＤＸ推進課", starts_on=APRIL_1)
    result = load(staff("1", "DX推進課", 発令日="2025/4/1"), as_of=APRIL_1)
    assert result.summary["units_opened"] == 0
    top.refresh_from_db()
    assert (top.name, top.starts_on) == ("ＤＸ推進課", dt.date(2025, 4, 1))


def test_a_closed_unit_is_not_reopened_but_followed_by_a_new_one() -> None:
    make_unit("総務課", starts_on=dt.date(2020, 4, 1), ends_on=MARCH_31)
    load(staff("1", "総務課", 発令日="2025/4/1"), as_of=APRIL_1)
    windows = Unit.objects.order_by("starts_on").values_list("starts_on", "ends_on")
    assert list(windows) == [(dt.date(2020, 4, 1), MARCH_31), (APRIL_1, None)]


def test_a_file_of_units_opens_units_and_touches_nobody() -> None:
    load(staff("1", "市/総務部"), as_of=APRIL_1)
    rows = [{"グループ名": "市/総務部"}, {"グループ名": "市/企画部/企画課\n市/別"}]
    result = load(*rows, heading=["グループ名", "有効期限（開始）"], profile="gws-groups")
    assert counts(result) == {}
    assert result.summary["units_opened"] == 2
    assert timeline("1") == [("総務部", "primary", APRIL_1, None)]


def test_the_groupware_mapping_takes_the_user_id_and_the_main_group() -> None:
    heading = ["氏名", "ユーザーID", "職員番号", "グループ", "グループ（主）", "有効期限（開始）"]
    rows: list[dict[str, Any]] = [
        {"氏名": "甲", "ユーザーID": "u1", "職員番号": "007", "グループ（主）": "市/税務課"},
        {"氏名": "乙", "ユーザーID": "u2", "グループ": "市/総務課\n市/税務課"},
        {"氏名": "丙", "ユーザーID": "u3", "グループ": "市", "有効期限（開始）": "2017/11/1 12:02"},
    ]
    assert load(*rows, heading=heading, profile="gws_users").summary["errors"] == []
    assert [timeline(number)[0][0] for number in ("007", "u2", "u3")] == ["税務課", "総務課", "市"]
    assert timeline("u3")[0][2] == dt.date(2017, 11, 1)


def test_an_import_is_recorded_and_sets_off_what_follows() -> None:
    result = load(staff("1"))
    assert [job.function for job in result.follow_ups] == ["courses.tasks.sync_enrolments"]
    row = RosterImport.objects.get()
    assert row.applied_at
    assert row.summary["joined"] == 1
    assert load(staff("1")).follow_ups == ()


def test_a_preview_writes_nothing() -> None:
    table = parse_table(as_csv([staff("1")]))
    result = preview_roster(table, get_profile(None), as_of=APRIL_1)
    assert counts(result) == {"joined": 1}
    assert result.summary["applied"] is False
    assert not Person.objects.exists()
    assert not Unit.objects.exists()


def test_ten_thousand_people_are_planned_right(django_assert_max_num_queries: Any) -> None:
    rows = [staff(f"{n:05}", f"部{n % 10}/課{n % 50}") for n in range(10_000)]
    load(*rows, as_of=dt.date(2025, 4, 1))
    rows = [*rows[100:], *(staff(f"N{n}", "部1/課1") for n in range(30))]
    for n in range(0, 3_000, 3):
        rows[n] |= {"所属": "部0/新設課"}
    with django_assert_max_num_queries(160):
        result = load(*rows, as_of=APRIL_1)
    assert counts(result) == {"joined": 30, "moved": 1_000, "left": 100, "unchanged": 8_900}
    assert Posting.objects.in_force(on=APRIL_1).count() == 9_930
    assert Posting.objects.in_force(on=MARCH_31).count() == 10_000
