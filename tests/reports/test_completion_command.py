import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from courses.enums import ReleaseKind
from lms.core.models import AuditEntry
from lms.people.models import Person
from tests.factories.people import make_unit
from tests.reports.conftest import Office, completed, release

HEADERS = ["対象", "免除", "取下", "修了", "受講中", "未着手", "受講率"]


def run(*arguments: str, **options: Any) -> tuple[str, str]:
    out, err = io.StringIO(newline=""), io.StringIO()
    call_command("completion_report", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def to_stdout(*arguments: str) -> list[list[str]]:
    text, _ = run("--offering", "security-2026", "--output", "-", *arguments)
    return list(csv.reader(io.StringIO(text, newline="")))


def test_it_counts_by_unit_unless_told_otherwise(office: Office) -> None:
    office.enrol(office.clerks, **completed())
    release(office.enrol(office.affairs), ReleaseKind.WAIVER)
    assert to_stdout() == [
        ["所属", *HEADERS],
        ["総務部", "2", "1", "0", "1", "0", "0", "100.0"],
        ["総務部/総務課", "2", "1", "0", "1", "0", "0", "100.0"],
        ["総務部/総務課/庶務係", "1", "0", "0", "1", "0", "0", "100.0"],
        ["総務部/財政課", "0", "0", "0", "0", "0", "0", ""],
        ["福祉部", "0", "0", "0", "0", "0", "0", ""],
        ["合計", "2", "1", "0", "1", "0", "0", "100.0"],
    ]


def test_by_person_it_says_who_and_when(office: Office) -> None:
    enrolment = office.enrol(office.affairs, "髙﨑　德子", **completed())
    assert to_stdout("--by", "person") == [
        ["職員番号", "氏名", "所属", "職位", "任用形態", *HEADERS, "状態", "受講期限", "修了日"],
        [
            *(enrolment.person.employee_number, "髙﨑　德子", "総務部/総務課", "主事", "正規職員"),
            *("1", "0", "0", "1", "0", "0", "100.0", "修了", "2026-12-28", "2026-06-01"),
        ],
        ["合計", "", "", "", "", "1", "0", "0", "1", "0", "0", "100.0", "", "", ""],
    ]
    assert AuditEntry.objects.get().actor is None


@pytest.mark.parametrize(
    ("by", "header", "label"),
    [("position", "職位", "主事"), ("employment_type", "任用形態", "正規職員")],
)
def test_by_position_and_employment_type(office: Office, by: str, header: str, label: str) -> None:
    office.enrol(office.affairs)
    office.enrol()
    rows = to_stdout("--by", by)
    assert rows[0] == [header, *HEADERS]
    assert [row[:2] for row in rows[1:]] == [[label, "1"], ["なし", "1"], ["合計", "2"]]
    assert AuditEntry.objects.count() == 0


def test_as_of_a_day_before_completion(office: Office) -> None:
    office.enrol(office.affairs, **completed())
    assert to_stdout("--as-of", "2026-05-31")[-1][-4:] == ["0", "0", "1", "0.0"]
    assert to_stdout("--as-of", "2026-06-01")[-1][-4:] == ["1", "0", "0", "100.0"]


@pytest.mark.parametrize("by", ["unit", "position", "employment_type", "person"])
@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig"])
def test_the_file_is_byte_for_byte_that_of_the_screen(  # noqa: PLR0917 - fixtures
    office: Office, hr: Person, client: Client, tmp_path: Path, by: str, encoding: str
) -> None:
    office.enrol(office.clerks, "𠮷田　一", **completed())
    office.enrol(make_unit("=課"), "佐藤,花")
    office.enrol()
    path = tmp_path / "a.csv"
    options = ("--encoding", encoding, "--output", str(path))
    run("--offering", "security-2026", "--by", by, *options)
    client.force_login(hr)
    url = f"/reports/completion/?offering=security-2026&by={by}&format=csv&encoding={encoding}"
    assert path.read_bytes() == client.get(url).content
    assert b"\r\n" in path.read_bytes()


def test_xlsx_by_format_or_by_the_name_of_the_file(office: Office, tmp_path: Path) -> None:
    office.enrol(office.affairs, **completed())
    named, told = tmp_path / "a.xlsx", tmp_path / "b.out"
    run("--offering", "security-2026", "--output", str(named))
    run("--offering", "security-2026", "--output", str(told), "--format", "xlsx")
    for path in (named, told):
        with path.open("rb") as file:
            sheet = openpyxl.load_workbook(file)["受講状況"]
        assert [cell.value for cell in sheet[1]] == ["所属", *HEADERS]
        assert [cell.value for cell in sheet[sheet.max_row]] == ["合計", 1, 0, 0, 1, 0, 0, 100]


def test_what_cp932_lacks_is_listed_on_standard_error(office: Office) -> None:
    office.enrol(office.affairs, "𠮷田　一")
    arguments = ("--offering", "security-2026", "--by", "person", "--output", "-")
    out, err = run(*arguments)
    assert "〓田　一" in out
    assert "1 件" in err
    assert "𠮷田　一" in err
    out, err = run(*arguments, "--encoding", "utf-8-sig")
    assert "𠮷田　一" in out
    assert err == ""


def test_an_offering_that_is_not_there_names_near_ones(office: Office) -> None:
    with pytest.raises(
        CommandError, match="「securty-2026」はありません。 もしかして: security-2026"
    ):
        run("--offering", "securty-2026", "--output", "-")


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20261123x", ""])
def test_a_day_that_is_none_is_refused(office: Office, day: str) -> None:
    with pytest.raises(CommandError, match="日付として読めません"):
        to_stdout("--as-of", day)


def test_xlsx_does_not_go_to_standard_output(office: Office) -> None:
    with pytest.raises(CommandError, match="ファイル名を指定してください"):
        to_stdout("--format", "xlsx")


def test_a_place_that_cannot_be_written_says_so(office: Office, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="に書けません"):
        run("--offering", "security-2026", "--output", str(tmp_path / "no" / "a.csv"))


def test_a_file_is_replaced_whole_and_nothing_else_is_left(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "受講状況.csv"
    path.write_text("before")
    run("--offering", "security-2026", "--output", str(path))
    assert path.read_bytes().decode("cp932").startswith("所属,")
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(CommandError, match="に書けません"):
        run("--offering", "security-2026", "--output", str(tmp_path / "dir.csv"))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["dir.csv", "受講状況.csv"]


def test_help_names_the_options() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "manage.py", "completion_report", "--help"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for option in ("--offering", "--by", "--as-of", "--format", "--encoding", "--output"):
        assert option in done.stdout
