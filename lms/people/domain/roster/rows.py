"""The rows of a roster, each checked by itself."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext as _

from lms.core.text import full_width_kana
from lms.people.domain.roster import values
from lms.people.domain.roster.problems import Problem
from lms.people.domain.roster.profiles import Columns
from lms.people.domain.roster.table import Cell, Table
from lms.people.enums import PostingKind

Value = TypeVar("Value")
MAX_NAME = 100
MAX_LABEL = 60


@dataclass(frozen=True, slots=True)
class StaffRow:
    """None in a text means that the file has no such column."""

    row: int
    employee_number: str
    number_was_numeric: bool
    name: str
    name_kana: str | None
    email: str | None
    unit: tuple[str, ...]
    position: str | None
    employment_type: str | None
    kind: PostingKind | None
    starts_on: dt.date | None
    ends_on: dt.date | None

    @property
    def retires(self) -> bool:
        return self.kind is None


@dataclass(frozen=True, slots=True)
class UnitRow:
    row: int
    unit: tuple[str, ...]
    starts_on: dt.date | None
    ends_on: dt.date | None


@dataclass(slots=True)
class RowReader:
    """Reads field after field of one row and notes what is wrong."""

    columns: Columns
    problems: list[Problem] = field(default_factory=list)
    row: int = 0
    line: list[Cell] = field(default_factory=list)
    is_good: bool = True

    def begin(self, row: int, line: list[Cell]) -> None:
        self.row, self.line, self.is_good = row, line, True

    def read(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        return self.read_cell(
            name,
            lambda cell: parse(
                values.single_line(cell, first_line_only=self.columns.profile.first_line_only)
            ),
            default,
        )

    def read_cell(self, name: str, parse: Callable[[Cell], Value], default: Value) -> Value:
        try:
            return parse(self.columns.cell(self.line, name))
        except ValueError as error:
            self.wrong(name, str(error))
            return default

    def optional(self, name: str, parse: Callable[[str], str]) -> str | None:
        return self.read(name, parse, "") if self.columns.has(name) else None

    def window(self) -> tuple[dt.date | None, dt.date | None]:
        nothing: dt.date | None = None
        starts_on = self.read_cell("starts_on", values.date, nothing)
        ends_on = self.read_cell("ends_on", values.date, nothing)
        if starts_on and ends_on and ends_on < starts_on:
            self.wrong("ends_on", _("The last day lies before the first day. Correct one of them."))
        return starts_on, ends_on

    def wrong(self, name: str, message: str) -> None:
        self.is_good = False
        self.problems.append(Problem(self.row, self.columns.label(name), message))


@dataclass(slots=True)
class StaffFile:
    rows: list[StaffRow]
    problems: list[Problem]
    # People of whom at least one row is wrong: rules over all their rows wait until it is mended.
    doubtful: set[str]


def read_staff(table: Table, columns: Columns) -> StaffFile:
    reader = RowReader(columns)
    rows, doubtful = [], set()
    for number, line in table.rows:
        reader.begin(number, line)
        row = _staff_row(reader)
        if reader.is_good:
            rows.append(row)
        elif row.employee_number:
            doubtful.add(row.employee_number)
    if not table.rows:
        reader.problems.append(
            Problem(2, "", _("There is nobody in this file. Nobody was changed."))
        )
    return StaffFile(rows, reader.problems, doubtful)


def _staff_row(reader: RowReader) -> StaffRow:
    unsaid: PostingKind | None = PostingKind.PRIMARY
    kind = reader.read("kind", values.kind, unsaid)
    starts_on, ends_on = reader.window()
    nowhere: tuple[str, ...] = ()
    # Who leaves needs no unit any more.
    unit = nowhere if kind is None else reader.read("unit", values.unit_path, nowhere)
    if kind is None and starts_on is None and ends_on is None:
        reader.wrong("starts_on", _("Enter the day for 退職: the last day, or the day after it."))
    return StaffRow(
        row=reader.row,
        employee_number=reader.read("employee_number", values.employee_number, ""),
        number_was_numeric=not isinstance(reader.columns.cell(reader.line, "employee_number"), str),
        name=_name(reader),
        name_kana=reader.optional(
            "name_kana", lambda value: values.limited(full_width_kana(value), MAX_NAME)
        ),
        email=reader.optional("email", values.email),
        unit=unit,
        position=reader.optional("position", _label),
        employment_type=reader.optional("employment_type", _label),
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _label(value: str) -> str:
    return values.limited(full_width_kana(value), MAX_LABEL)


def _name(reader: RowReader) -> str:
    """Exactly as given; 姓 and 名 are joined by a full-width space."""
    was_good = reader.is_good
    name = reader.read("name", str, "")
    if not name:
        parts = [reader.read(part, str, "") for part in ("family_name", "given_name")]
        name = "\u3000".join(filter(None, parts))
    if not name and was_good and not reader.is_good:
        return name
    if not name:
        reader.wrong("name" if reader.columns.has("name") else "family_name", _("Enter the name."))
    elif len(name) > MAX_NAME:
        reader.read("name", lambda _value: values.limited(name, MAX_NAME), "")
    return name


@dataclass(slots=True)
class UnitFile:
    rows: list[UnitRow]
    problems: list[Problem]


def read_units(table: Table, columns: Columns) -> UnitFile:
    reader = RowReader(columns)
    rows = []
    nowhere: tuple[str, ...] = ()
    for number, line in table.rows:
        reader.begin(number, line)
        starts_on, ends_on = reader.window()
        unit = reader.read("unit", values.unit_path, nowhere)
        if reader.is_good:
            rows.append(UnitRow(number, unit, starts_on, ends_on))
    if not table.rows:
        reader.problems.append(Problem(2, "", _("There is no unit in this file.")))
    return UnitFile(rows, reader.problems)
