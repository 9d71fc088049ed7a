"""The staff of the demo as a personnel system would export them, to try the roster import with."""

import csv
import datetime as dt
import io
from typing import Any

from lms.people.enums import PostingKind
from lms.people.models import Person, Posting, Unit

HEADINGS = (
    "職員番号",
    "氏名",
    "フリガナ",
    "所属",
    "職位",
    "任用形態",
    "発令区分",
    "発令日",
    "終了日",
    "メールアドレス",
)
KINDS = {
    PostingKind.PRIMARY: "主務",
    PostingKind.CONCURRENT: "兼務",
    PostingKind.JOINT: "併任",
    PostingKind.SECONDMENT: "出向",
}
# Older personnel systems print the common form of a character that CP932 lacks.
COMMON_FORMS = str.maketrans({"\U00020bb7": "吉"})
JOINERS = (
    ("900001", "青葉　ひなた", "アオバ　ヒナタ"),
    ("900002", "髙倉　陽向", "タカクラ　ヒナタ"),
)
Row = dict[str, str]


def staff(*, on: dt.date) -> list[Row]:
    """One row for each posting in force on the day, as of which the file is complete."""
    paths = _unit_paths()
    postings = (
        Posting.objects.in_force(on=on)
        .public(on=on)
        .select_related("person", "position", "employment_type")
        .order_by("person__employee_number", "starts_on", "pk")
    )
    return [_row(posting, paths[posting.unit_id]) for posting in postings]


def next_month(rows: list[Row], *, on: dt.date) -> list[Row]:
    """The same staff with what a month brings: two join, one leaves, three move."""
    single = [row for row in rows if _is_alone(row, rows)]
    if len(single) < 5:
        raise ValueError("Too few people to move any")
    step = len(single) // 5
    leaver, *movers = (single[place * step] for place in range(1, 5))
    model = single[0]
    changed = [row for row in rows if row is not leaver]
    for mover, other in zip(movers, movers[1:] + movers[:1], strict=True):
        place = changed.index(mover)
        changed[place] = mover | {"所属": other["所属"], "発令日": on.isoformat()}
    for number, name, kana in JOINERS:
        changed.append(
            model
            | {
                "職員番号": number,
                "氏名": name,
                "フリガナ": kana,
                "発令日": on.isoformat(),
                "終了日": "",
                "メールアドレス": f"s{number}@example.jp",
            }
        )
    return changed


def _is_alone(row: Row, rows: list[Row]) -> bool:
    """Somebody ordinary: one open-ended post, below the heads, no demo account."""
    return (
        row["任用形態"] == "正規職員"
        and row["職位"] in ("主査", "主任", "主事")
        and not row["終了日"]
        and not row["職員番号"].startswith("1000")
        and sum(other["職員番号"] == row["職員番号"] for other in rows) == 1
    )


def as_csv(rows: list[Row], *, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADINGS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue()
    return (content.translate(COMMON_FORMS) if encoding == "cp932" else content).encode(encoding)


def _unit_paths() -> dict[int, str]:
    names: dict[str, str] = {}
    paths: dict[int, str] = {}
    for unit in Unit.objects.order_by("path"):
        above = names.get(unit.path[: -unit.steplen])
        names[unit.path] = f"{above}/{unit.name}" if above else unit.name
        paths[unit.pk] = names[unit.path]
    return paths


def _row(posting: Posting, unit: str) -> Row:
    person: Person = posting.person
    values: tuple[Any, ...] = (
        person.employee_number,
        person.name,
        person.name_kana,
        unit,
        posting.position or "",
        posting.employment_type or "",
        KINDS[PostingKind(posting.kind)],
        posting.starts_on.isoformat(),
        posting.ends_on.isoformat() if posting.ends_on else "",
        person.email,
    )
    return dict(zip(HEADINGS, map(str, values), strict=True))
