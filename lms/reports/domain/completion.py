"""Who has completed, counted. Pure calculation over rows: screen, CSV, xlsx and the command show
the same frame, so they can never differ.

In every row: enrolled = waived + withdrawn + completed + in_progress + not_started, and
rate = completed / (enrolled - waived - withdrawn) in percent with one decimal, rounded half up;
nothing (NaN) where nobody is left to count.
"""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pandas as pd

from courses.enums import Status

Rows = Sequence[Mapping[str, Any]]

STATUSES = (
    Status.WAIVED,
    Status.WITHDRAWN,
    Status.COMPLETED,
    Status.IN_PROGRESS,
    Status.NOT_STARTED,
)
OPEN = (Status.IN_PROGRESS, Status.NOT_STARTED)
COUNTS = ("enrolled", *(status.value for status in STATUSES))
TOTAL = "合計"
NO_UNIT = "所属なし"
NONE = "なし"


class By(StrEnum):
    UNIT = "unit"
    POSITION = "position"
    EMPLOYMENT_TYPE = "employment_type"
    PERSON = "person"


class Only(StrEnum):
    """Which people a list shows."""

    OPEN = "open"
    LATE = "late"


@dataclass(frozen=True)
class Facts:
    """One row a person in ``people``; the tree, and the orders in which groups are shown."""

    people: pd.DataFrame
    units: pd.DataFrame
    positions: list[str]
    employment_types: list[str]


PEOPLE_COLUMNS = [
    "person_id",
    "number",
    "name",
    "kana",
    "unit_id",
    "path",
    "unit",
    "position",
    "employment_type",
    *COUNTS,
    "late",
    "status",
    "due_on",
    "completed_on",
]


def collect(
    enrolments: Rows,
    *,
    units: Rows,
    positions: Rows,
    employment_types: Rows,
    on: dt.date,
    zone: dt.tzinfo,
) -> Facts:
    """Join the rows; each person keeps the names of the post that they are counted under."""
    tree = _tree(units, on=on)
    full_names = dict(zip(tree["id"], tree["unit"], strict=True))
    paths = dict(zip(tree["id"], tree["path"], strict=True))
    position_names = {row["id"]: row["name"] for row in positions}
    type_names = {row["id"]: row["name"] for row in employment_types}
    records = [
        (
            row["person_id"],
            row["person__employee_number"],
            row["person__name"],
            row["person__name_kana"],
            row["unit_id"] or 0,
            paths.get(row["unit_id"], ""),
            full_names.get(row["unit_id"], NO_UNIT),
            position_names.get(row["position_id"], NONE),
            type_names.get(row["employment_type_id"], NONE),
            1,
            *(int(row["status"] == status) for status in STATUSES),
            int(row["status"] in OPEN and row["due_on"] is not None and row["due_on"] < on),
            row["status"],
            row["due_on"],
            row["completed_at"].astimezone(zone).date()
            if row["status"] == Status.COMPLETED
            else None,
        )
        for row in enrolments
    ]
    people = pd.DataFrame.from_records(records, columns=PEOPLE_COLUMNS)
    numbers = [*COUNTS, "late"]
    people = people.astype(dict.fromkeys(numbers, "int64"))
    return Facts(
        people=people,
        units=tree,
        positions=list(position_names.values()),
        employment_types=list(type_names.values()),
    )


def _tree(units: Rows, *, on: dt.date) -> pd.DataFrame:
    """The units with their full names, 部/課/係, and whether they are in force on the day."""
    names: dict[str, str] = {}
    records = []
    for row in units:
        path = row["path"]
        above = next(
            (names[path[:end]] for end in range(len(path) - 1, 0, -1) if path[:end] in names), None
        )
        names[path] = f"{above}/{row['name']}" if above else row["name"]
        in_force = row["starts_on"] <= on and (row["ends_on"] is None or row["ends_on"] >= on)
        records.append((row["id"], path, row["name"], names[path], in_force))
    return pd.DataFrame.from_records(
        records, columns=["id", "path", "short_name", "unit", "in_force"]
    )


def only(facts: Facts, which: Only) -> Facts:
    """The same for a part of the people; the counts are then of these alone."""
    people = facts.people
    if which is Only.LATE:
        people = people[people["late"] == 1]
    else:
        people = people[people["status"].isin([status.value for status in OPEN])]
    return replace(facts, people=people)


def report(facts: Facts, by: By, *, below: Sequence[str] | None = None) -> pd.DataFrame:
    """The frame of one report, the total in its last row.

    ``below`` are the places in the tree where a report by unit begins; None is the whole tree.
    """
    if by is By.UNIT:
        return _by_unit(facts, below)
    if by is By.POSITION:
        return _by_name(facts.people, "position", facts.positions)
    if by is By.EMPLOYMENT_TYPE:
        return _by_name(facts.people, "employment_type", facts.employment_types)
    return _by_person(facts.people)


def _by_unit(facts: Facts, below: Sequence[str] | None) -> pd.DataFrame:
    """Each unit with everything below it, in the tree's order."""
    numbers = [*COUNTS, "late"]
    tree = facts.units
    if below is not None:
        tree = tree.loc[[path.startswith(tuple(below)) for path in tree["path"]]]
    paths = facts.people["path"]
    parts = [
        facts.people.groupby(paths.str[:width])[numbers].sum()
        for width in sorted({len(path) for path in tree["path"]})
    ]
    # A path shorter than the width falls in its own unit's group at every level below.
    sums = pd.concat(parts) if parts else facts.people.head(0)[numbers]
    sums = sums[~sums.index.duplicated(keep="first")]
    counted = sums.reindex(tree["path"], fill_value=0).reset_index(drop=True)
    frame = pd.concat([tree.reset_index(drop=True), counted], axis="columns")
    frame = frame[frame["in_force"].astype(bool) | (frame["enrolled"] > 0)]
    frame = frame.rename(columns={"id": "unit_id"}).drop(columns="in_force")
    widths = sorted({len(path) for path in frame["path"]})
    frame["level"] = [widths.index(len(path)) for path in frame["path"]]
    homeless = facts.people[paths == ""]
    if len(homeless):
        frame = _append(frame, homeless, _label(NO_UNIT))
    return _finished(frame, facts.people, _label(TOTAL))


def _label(text: str) -> dict[str, Any]:
    return {"unit": text, "short_name": text, "path": "", "unit_id": 0, "level": 0}


def _by_name(people: pd.DataFrame, column: str, order: list[str]) -> pd.DataFrame:
    sums = people.groupby(column)[[*COUNTS, "late"]].sum()
    shown = [name for name in dict.fromkeys([*order, NONE]) if name in sums.index]
    frame = sums.reindex(shown).rename_axis(column).reset_index()
    return _finished(frame, people, {column: TOTAL})


def _by_person(people: pd.DataFrame) -> pd.DataFrame:
    """In the tree's order, then by フリガナ; who has no unit comes last."""
    order = people.assign(homeless=people["path"] == "").sort_values(
        ["homeless", "path", "kana", "number"], kind="stable"
    )
    return _finished(
        order.drop(columns="homeless"), people, {"number": TOTAL, "person_id": 0, "unit_id": 0}
    )


def total(facts: Facts) -> dict[Hashable, Any]:
    """The counts of everybody, as the last row of every report has them."""
    return _finished(facts.people.head(0), facts.people, {}).to_dict("records")[0]


def overview(offerings: Rows, counts: Rows) -> pd.DataFrame:
    """Each offering with its counts, in the order given, and no total: people are in several."""
    tallies: dict[int, dict[str, int]] = {}
    for row in counts:
        tally = tallies.setdefault(row["offering_id"], dict.fromkeys([*COUNTS, "late"], 0))
        tally["enrolled"] += row["people"]
        tally[row["status"]] += row["people"]
        tally["late"] += row["people"] if row["past_due"] and row["status"] in OPEN else 0
    nobody = dict.fromkeys([*COUNTS, "late"], 0)
    records = [{**row, **tallies.get(row["id"], nobody)} for row in offerings]
    names = ["id", "slug", "title", "fiscal_year", "is_mandatory", *COUNTS, "late"]
    return _with_rate(pd.DataFrame.from_records(records, columns=names))


def _append(frame: pd.DataFrame, people: pd.DataFrame, labels: dict[str, Any]) -> pd.DataFrame:
    sums = people[[*COUNTS, "late"]].sum()
    row = {**labels, **{name: int(sums[name]) for name in sums.index}}
    blank = dict.fromkeys(frame.columns)
    records = [*frame.to_dict("records"), {**blank, **row}]
    return pd.DataFrame.from_records(records, columns=list(frame.columns))


def _finished(frame: pd.DataFrame, people: pd.DataFrame, labels: dict[str, Any]) -> pd.DataFrame:
    return _with_rate(_append(frame, people, labels))


def _with_rate(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.astype(dict.fromkeys([*COUNTS, "late"], "int64"))
    frame["countable"] = frame["enrolled"] - frame["waived"] - frame["withdrawn"]
    base = frame["countable"].where(frame["countable"] > 0)
    frame["rate"] = (frame["completed"] * 2000 + base) // (2 * base) / 10
    return frame


def to_level(frame: pd.DataFrame, levels: int) -> pd.DataFrame:
    """A report by unit without what lies deeper than so many levels; each row still counts it."""
    return frame[frame["level"] < levels]


def sorted_by(frame: pd.DataFrame, column: str, *, descending: bool) -> pd.DataFrame:
    """Another order of the rows; the total stays last, and what has no value comes before it."""
    body = frame.iloc[:-1].sort_values(
        column, ascending=not descending, kind="stable", na_position="last"
    )
    return pd.concat([body, frame.iloc[-1:]])
