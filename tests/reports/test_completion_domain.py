import csv
import datetime as dt
import io
import random
from typing import Any

import openpyxl
import pandas as pd
import pytest
from django.utils import timezone

from courses.enums import ReleaseKind, Status
from courses.models import Enrolment
from lms.core.tables import Kind
from lms.people.models import Posting, Unit
from lms.reports import exports
from lms.reports.domain import completion, rows
from lms.reports.domain.completion import COUNTS, STATUSES, By, Facts
from lms.reports.domain.reach import Reach
from tests.factories.people import (
    EmploymentTypeFactory,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)
from tests.reports.conftest import TODAY, Office, at, completed, release

D = dt.date
EVERYTHING = Reach()
JAPAN = timezone.get_default_timezone()


def facts(office: Office, *, on: D = TODAY, reach: Reach = EVERYTHING) -> Facts:
    return completion.collect(
        rows.enrolment_rows(office.offering, on=on, reach=reach),
        units=rows.unit_rows(reach=reach),
        positions=rows.position_rows(),
        employment_types=rows.employment_type_rows(),
        on=on,
        zone=JAPAN,
    )


def frame(
    office: Office, by: By = By.UNIT, *, on: D = TODAY, reach: Reach = EVERYTHING
) -> pd.DataFrame:
    return completion.report(facts(office, on=on, reach=reach), by, below=reach.paths)


def enrolled(report: pd.DataFrame, label: str = "unit") -> dict[str, int]:
    return {row[label]: row["enrolled"] for row in report.to_dict("records") if row["enrolled"]}


def only_status(office: Office, *, on: D) -> str | None:
    report = frame(office, By.PERSON, on=on)
    return None if len(report) == 1 else str(report.iloc[0]["status"])


# Edges of the as-of day


def test_completed_in_the_last_second_of_the_day_counts_on_that_day(office: Office) -> None:
    office.enrol(office.affairs, **completed(at(D(2026, 6, 1), 23, 59, 59)))
    assert only_status(office, on=D(2026, 5, 31)) == Status.NOT_STARTED
    assert only_status(office, on=D(2026, 6, 1)) == Status.COMPLETED
    assert frame(office, By.PERSON, on=D(2026, 6, 1)).iloc[0]["completed_on"] == D(2026, 6, 1)


def test_completed_at_midnight_counts_on_the_next_day(office: Office) -> None:
    office.enrol(office.affairs, **completed(at(D(2026, 6, 2), 0)))
    assert only_status(office, on=D(2026, 6, 1)) == Status.NOT_STARTED
    assert only_status(office, on=D(2026, 6, 2)) == Status.COMPLETED
    assert frame(office, By.PERSON, on=D(2026, 6, 2)).iloc[0]["completed_on"] == D(2026, 6, 2)


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (D(2026, 6, 30), Status.NOT_STARTED),
        (D(2026, 7, 1), Status.WAIVED),
        (D(2026, 7, 31), Status.WAIVED),
        (D(2026, 8, 1), Status.NOT_STARTED),
    ],
)
def test_a_waiver_counts_from_its_first_to_its_last_day(office: Office, on: D, status: str) -> None:
    release(office.enrol(office.affairs), ReleaseKind.WAIVER, D(2026, 7, 1), D(2026, 7, 31))
    assert only_status(office, on=on) == status


def test_who_is_withdrawn_leaves_the_rate_but_not_the_count(office: Office) -> None:
    release(office.enrol(office.affairs), ReleaseKind.WITHDRAWAL)
    office.enrol(office.affairs, **completed())
    total = frame(office).iloc[-1]
    assert (total["enrolled"], total["withdrawn"], total["completed"]) == (2, 1, 1)
    assert total["rate"] == 100.0


def test_who_is_assigned_tomorrow_is_not_counted_today(office: Office) -> None:
    office.enrol(office.affairs, assigned_on=TODAY + dt.timedelta(days=1))
    assert frame(office).iloc[-1]["enrolled"] == 0
    assert frame(office, on=TODAY + dt.timedelta(days=1)).iloc[-1]["enrolled"] == 1


def test_overdue_begins_the_day_after_the_due_day(office: Office) -> None:
    office.enrol(office.affairs, due_on=D(2026, 6, 30))
    office.enrol(office.affairs, due_on=D(2026, 6, 30), **completed(at(D(2026, 6, 1))))
    assert frame(office, on=D(2026, 6, 30)).iloc[-1]["late"] == 0
    assert frame(office, on=D(2026, 7, 1)).iloc[-1]["late"] == 1


# Under which post somebody counts


def test_who_moved_on_1_april_counts_in_the_old_unit_on_31_march(office: Office) -> None:
    person = PersonFactory()
    PostingFactory(person=person, unit=office.affairs, ends_on=D(2026, 3, 31))
    PostingFactory(person=person, unit=office.welfare, starts_on=D(2026, 4, 1))
    office.enrol(person=person, assigned_on=D(2026, 1, 5))
    assert "総務部/総務課" in enrolled(frame(office, on=D(2026, 3, 31)))
    assert enrolled(frame(office, on=D(2026, 4, 1))) == {"福祉部": 1, "合計": 1}


def test_two_posts_count_once_under_the_primary_one(office: Office) -> None:
    enrolment = office.enrol(office.affairs)
    PostingFactory(
        person=enrolment.person, unit=office.welfare, kind="concurrent", starts_on=D(2026, 4, 1)
    )
    assert enrolled(frame(office)) == {"総務部": 1, "総務部/総務課": 1, "合計": 1}


def test_who_has_left_counts_under_the_last_post(office: Office) -> None:
    person = PersonFactory()
    PostingFactory(person=person, unit=office.finance, ends_on=D(2026, 9, 30))
    office.enrol(person=person)
    assert enrolled(frame(office)) == {"総務部": 1, "総務部/財政課": 1, "合計": 1}


def test_who_never_had_a_post_is_counted_as_without_unit(office: Office) -> None:
    office.enrol()
    person = PersonFactory()
    PostingFactory(person=person, unit=office.affairs, starts_on=D(2026, 12, 1))
    office.enrol(person=person)
    assert enrolled(frame(office)) == {"所属なし": 2, "合計": 2}
    assert enrolled(frame(office, By.POSITION), "position") == {"なし": 2, "合計": 2}
    assert enrolled(frame(office, By.EMPLOYMENT_TYPE), "employment_type") == {"なし": 2, "合計": 2}


def test_a_transfer_that_is_not_public_is_known_only_to_who_may_know_it(office: Office) -> None:
    person = PersonFactory()
    PostingFactory(person=person, unit=office.affairs, ends_on=D(2026, 10, 31))
    PostingFactory(
        person=person, unit=office.welfare, starts_on=D(2026, 11, 1), public_on=D(2026, 11, 24)
    )
    office.enrol(person=person)
    assert "福祉部" in enrolled(frame(office))
    assert "福祉部" not in enrolled(frame(office, reach=Reach(public_by=TODAY)))
    assert "福祉部" in enrolled(frame(office, reach=Reach(public_by=D(2026, 11, 24))))


# Rows


def test_each_unit_counts_everything_below_it_in_the_order_of_the_tree(office: Office) -> None:
    for unit in (office.general, office.affairs, office.clerks, office.clerks, office.welfare):
        office.enrol(unit)
    report = frame(office)
    assert list(zip(report["unit"], report["enrolled"], report["level"], strict=True)) == [
        ("総務部", 4, 0),
        ("総務部/総務課", 3, 1),
        ("総務部/総務課/庶務係", 2, 2),
        ("総務部/財政課", 0, 1),
        ("福祉部", 1, 0),
        ("合計", 5, 0),
    ]
    assert list(completion.to_level(report, 1)["unit"]) == ["総務部", "福祉部", "合計"]


def test_a_closed_unit_shows_only_while_somebody_is_counted_there(office: Office) -> None:
    closed = make_unit("広報課", ends_on=D(2026, 3, 31))
    make_unit("未来課", starts_on=D(2027, 4, 1))
    office.enrol(office.affairs, assigned_on=D(2026, 1, 5))
    assert "広報課" not in set(frame(office)["unit"])
    assert "未来課" not in set(frame(office)["unit"])
    assert "広報課" in set(frame(office, on=D(2026, 3, 31))["unit"])
    person = PersonFactory()
    PostingFactory(person=person, unit=closed, ends_on=D(2026, 3, 31))
    office.enrol(person=person)
    assert enrolled(frame(office))["広報課"] == 1


def test_a_reach_counts_only_its_own_part_of_the_tree(office: Office) -> None:
    office.enrol(office.clerks)
    office.enrol(office.welfare)
    office.enrol(office.general)
    report = frame(office, reach=Reach(paths=(office.affairs.path,)))
    assert list(report["unit"]) == ["総務部/総務課", "総務部/総務課/庶務係", "合計"]
    assert list(report["enrolled"]) == [1, 1, 1]
    assert frame(office, reach=Reach(paths=())).iloc[-1]["enrolled"] == 0


def test_people_are_listed_by_unit_then_by_kana(office: Office) -> None:
    office.enrol(person=PersonFactory(name="外", name_kana="ア"))
    for kana, unit in (("カ", office.welfare), ("ワ", office.affairs), ("イ", office.affairs)):
        person = PersonFactory(name=kana, name_kana=kana)
        office.enrol(unit, person=person)
    assert list(frame(office, By.PERSON)["name"].dropna()) == ["イ", "ワ", "カ", "外"]


def test_positions_come_by_rank_and_none_comes_last(office: Office) -> None:
    for position in (None, PositionFactory(name="主事", rank=90), office.head_position):
        person = PersonFactory()
        PostingFactory(person=person, unit=office.affairs, position=position)
        office.enrol(person=person)
    assert list(frame(office, By.POSITION)["position"]) == ["課長", "主事", "なし", "合計"]


@pytest.mark.parametrize(
    ("done", "of", "rate"),
    [(231, 250, 92.4), (1, 3, 33.3), (2, 3, 66.7), (1, 16, 6.3), (0, 5, 0.0)],
)
def test_the_rate_has_one_decimal_rounded_half_up(done: int, of: int, rate: float) -> None:
    blank = dict.fromkeys(completion.PEOPLE_COLUMNS, 0)
    people = [
        blank | {"enrolled": 1, "completed": int(n < done), "not_started": int(n >= done)}
        for n in range(of)
    ]
    some = Facts(pd.DataFrame(people), pd.DataFrame(), [], [])
    assert completion.total(some)["rate"] == rate


def test_nobody_to_count_has_no_rate(office: Office) -> None:
    for by in By:
        report = frame(office, by)
        assert report.iloc[-1]["enrolled"] == 0
        assert pd.isna(report.iloc[-1]["rate"])
    assert completion.overview([], []).empty


def test_sorting_keeps_the_total_last_and_what_has_no_value_behind(office: Office) -> None:
    office.enrol(office.affairs, **completed())
    office.enrol(office.welfare)
    report = completion.sorted_by(frame(office), "rate", descending=False)
    assert report.iloc[0]["unit"] == "福祉部"
    assert list(report["unit"])[-2:] == ["総務部/財政課", "合計"]


# Everything reconciles, whatever the facts


def scatter(office: Office, seed: int) -> None:
    """People, posts and facts thrown together by chance, but the same for a seed."""
    chance = random.Random(seed)  # noqa: S311
    units: list[Unit | None] = [
        office.general,
        office.affairs,
        office.clerks,
        office.finance,
        office.welfare,
        None,
    ]
    positions = [office.head_position, PositionFactory(name="=主事"), None]
    types = [EmploymentTypeFactory(name="再任用"), EmploymentTypeFactory(), None]
    for number in range(chance.randrange(25, 40)):
        person = PersonFactory(
            name=chance.choice(["=1+1", "𠮷田　一", "髙橋　花", "-山", "佐藤,一"])
        )
        unit = chance.choice(units)
        moved = chance.choice([None, D(2026, chance.randrange(4, 12), 1)])
        if unit:
            post: dict[str, Any] = {
                "person": person,
                "position": chance.choice(positions),
                "employment_type": chance.choice(types),
            }
            ends = moved - dt.timedelta(days=1) if moved else None
            PostingFactory(unit=unit, ends_on=ends, **post)
            if moved and chance.random() < 0.7:
                PostingFactory(unit=chance.choice(units[:5]), starts_on=moved, **post)
        start = at(D(2026, chance.randrange(4, 12), chance.randrange(1, 29)), chance.randrange(24))
        end = start + dt.timedelta(hours=chance.randrange(500))
        enrolment = office.enrol(
            person=person,
            assigned_on=D(2026, chance.randrange(4, 12), chance.randrange(1, 29)),
            due_on=chance.choice([None, D(2026, chance.randrange(4, 13), 15)]),
            started_at=start if number % 3 else None,
            completed_at=end if number % 3 == 2 else None,
        )
        for kind in ReleaseKind:
            if chance.random() < 0.25:
                first = D(2026, chance.randrange(4, 12), 1)
                last = chance.choice([None, first + dt.timedelta(days=chance.randrange(90))])
                release(enrolment, kind, first, last)


def read_csv(content: bytes, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))


def as_read(value: Any, kind: Kind) -> Any:
    """A cell of the frame as a reader of UTF-8 CSV finds it, but for the apostrophe."""
    if value is None:
        return ""
    return f"{value:.1f}" if kind is Kind.PERCENT else str(value)


@pytest.mark.parametrize("seed", range(4))
def test_every_row_and_every_file_reconciles(office: Office, seed: int) -> None:
    scatter(office, seed)
    for on in (D(2026, 5, 10), D(2026, 9, 1), TODAY):
        some = facts(office, on=on)
        counts = Enrolment.objects.filter(offering=office.offering, assigned_on__lte=on).count()
        totals = []
        for by in By:
            report = completion.report(some, by)
            parts = report[[status.value for status in STATUSES]].sum(axis="columns")
            assert (report["enrolled"] == parts).all()
            totals.append(report.iloc[-1][[*COUNTS, "late"]].to_dict())
            if by is By.UNIT:
                top = report.iloc[:-1][report.iloc[:-1]["level"] == 0]
            else:
                top = report.iloc[:-1]
            assert top[[*COUNTS, "late"]].sum().to_dict() == totals[-1]
            assert (report["late"] <= report["in_progress"] + report["not_started"]).all()
            check_rates(report)
            check_files(report, by)
        assert all(total == totals[0] for total in totals)
        assert totals[0]["enrolled"] == counts > 0


def check_rates(report: pd.DataFrame) -> None:
    for row in report.to_dict("records"):
        base = row["enrolled"] - row["waived"] - row["withdrawn"]
        if base:
            assert abs(row["rate"] - row["completed"] / base * 100) <= 0.05 + 1e-9
        else:
            assert pd.isna(row["rate"])


def check_files(report: pd.DataFrame, by: By) -> None:
    table = exports.report_table(report, by)
    cells = list(table.rows())
    file = io.BytesIO()
    exports.write(table, file, file_format="csv", encoding="utf-8-sig", conditions=[])
    header, *lines = read_csv(file.getvalue(), "utf-8-sig")
    assert header == table.headers
    kinds = [column.kind for column in table.columns]
    unquoted = [[cell.removeprefix("'") for cell in line] for line in lines]
    assert unquoted == [
        [as_read(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in cells
    ]
    file = io.BytesIO()
    exports.write(table, file, file_format="csv", conditions=[])
    assert len(read_csv(file.getvalue(), "cp932")) == len(cells) + 1
    file = io.BytesIO()
    exports.write(table, file, file_format="xlsx", conditions=[("基準日", "今日")])
    sheet = openpyxl.load_workbook(file)["受講状況"]
    found = [
        tuple(value.date() if isinstance(value, dt.datetime) else value for value in row)
        for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    assert found == cells


def test_the_overview_counts_what_each_report_counts(office: Office) -> None:
    scatter(office, 9)
    for reach in (Reach(), Reach(paths=(office.general.path,), public_by=TODAY)):
        overview = completion.overview(
            rows.offerings_of(2026), rows.offering_rows(2026, on=TODAY, reach=reach)
        )
        total = completion.total(facts(office, reach=reach))
        row = overview.to_dict("records")[0]
        assert row["slug"] == "security-2026"
        assert {name: row[name] for name in (*COUNTS, "late", "rate")} == {
            name: total[name] for name in (*COUNTS, "late", "rate")
        }
        assert row["enrolled"] > 0


def test_posts_never_overlap_so_the_last_one_begun_is_the_one_in_force(office: Office) -> None:
    scatter(office, 3)
    for row in rows.enrolment_rows(office.offering, on=TODAY, reach=Reach()):
        current = Posting.objects.primary().in_force(on=TODAY).filter(person=row["person_id"])
        if post := current.first():
            assert row["unit_id"] == post.unit_id
