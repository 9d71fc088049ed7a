"""What a roster would change: pure, on plain objects, so that a preview and the import agree."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from lms.core.calendar import era_date
from lms.core.text import search_key
from lms.people.domain.roster.problems import Problem
from lms.people.domain.roster.profiles import Columns
from lms.people.domain.roster.records import ONE_DAY, Label, Post, Records, Staff, UnitNode
from lms.people.domain.roster.rows import StaffFile, StaffRow, UnitFile, UnitRow
from lms.people.enums import PostingKind


class Outcome(StrEnum):
    JOINED = "joined"
    MOVED = "moved"
    LEFT = "left"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(slots=True, eq=False)
class Change:
    """One person before and after."""

    staff: Staff
    outcome: Outcome
    before: str
    after: str
    old_name: str
    old_posts: list[dict[str, Any]]

    def as_json(self) -> dict[str, str]:
        return {
            "employee_number": self.staff.employee_number,
            "name": self.staff.name,
            "before": self.before,
            "after": self.after,
        }


@dataclass(slots=True)
class Plan:
    as_of: dt.date
    records: Records
    changes: list[Change] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    staff_before: int = 0
    # What the apply step must write; a removed posting is in no list of its person any more.
    opened: list[tuple[Staff, Post]] = field(default_factory=list)
    ended: dict[int, Post] = field(default_factory=dict)
    corrected: dict[int, Post] = field(default_factory=dict)
    removed: list[Post] = field(default_factory=list)
    renamed: list[Staff] = field(default_factory=list)
    hired: list[Staff] = field(default_factory=list)

    def people(self, outcome: Outcome) -> list[Change]:
        return [change for change in self.changes if change.outcome == outcome]

    def summary(self) -> dict[str, Any]:
        counts = dict.fromkeys(Outcome, 0)
        for change in self.changes:
            counts[change.outcome] += 1
        return {
            "as_of": self.as_of.isoformat(),
            "joined": counts[Outcome.JOINED],
            "moved": counts[Outcome.MOVED],
            "left": counts[Outcome.LEFT],
            "updated": counts[Outcome.UPDATED],
            "unchanged": self.unchanged,
            "units_opened": len(self.records.units.new),
            "errors": [problem.as_json() for problem in sorted(self.errors)],
            "warnings": [problem.as_json() for problem in sorted(self.warnings)],
            "applied": False,
        }

    @property
    def changes_something(self) -> bool:
        units = self.records.units
        return bool(self.changes or units.new or units.extended or units.closed)


@dataclass(slots=True, eq=False)
class PersonPlan:
    """The work on one person: rows are laid over the stored timeline one after the other."""

    plan: Plan
    columns: Columns
    staff: Staff
    is_new: bool
    moved: bool = False
    retired: bool = False
    updated: bool = False
    was_there: bool = False
    goes_on: bool = False
    base: Post | None = None
    newest: Post | None = None
    before: str = ""
    old_name: str = ""
    old_posts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.was_there = bool(self.staff.in_force(self.as_of))
        self.base = self.staff.primary(self.as_of)
        post = self.staff.present(self.as_of)
        self.before = post.shown if post else ""
        self.old_name = self.staff.name
        self.old_posts = [post.as_json() for post in self.staff.posts]

    @property
    def as_of(self) -> dt.date:
        return self.plan.as_of

    # What may be done to a posting

    def open(self, row: StaffRow, *, starts_on: dt.date, ends_on: dt.date | None) -> None:
        post = Post(
            unit=self.unit(row, starts_on, ends_on),
            position=self.position(row),
            employment_type=self.employment_type(row),
            kind=row.kind or PostingKind.PRIMARY,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        self.goes_on |= bool(self.staff.in_force(starts_on - ONE_DAY))
        self.staff.posts.append(post)
        self.plan.opened.append((self.staff, post))
        self.newest = post
        self.moved = True

    def end(self, post: Post, on: dt.date | None) -> None:
        if post.ends_on == on:
            return
        post.ends_on = on
        if post.pk:
            self.plan.ended[post.pk] = post

    def take_away(self, post: Post, *, before: dt.date) -> bool:
        """End a post before a day; one that begins later is deleted. Was anything to do?"""
        if post.ends_on is not None and post.ends_on < before:
            return False
        if post.starts_on < before:
            self.end(post, before - ONE_DAY)
        elif post.is_used:
            changed = post.ends_on != post.starts_on
            self.end(post, post.starts_on)
            return changed
        else:
            self.staff.posts.remove(post)
            self.plan.removed.append(post)
        return True

    # What a row says

    def unit(self, row: StaffRow, starts_on: dt.date, ends_on: dt.date | None) -> UnitNode:
        is_past = ends_on is not None and ends_on < self.as_of
        on = starts_on if is_past else max(starts_on, self.as_of)
        return self.plan.records.units.resolve(row.unit, on=on, since=starts_on)

    def position(self, row: StaffRow) -> Label | None:
        if row.position is not None:
            return self.plan.records.positions.get(row.position)
        return self.base.position if self.base else None

    def employment_type(self, row: StaffRow) -> Label | None:
        if row.employment_type is not None:
            return self.plan.records.employment_types.get(row.employment_type)
        return self.base.employment_type if self.base else None

    def is_same(self, post: Post, row: StaffRow) -> bool:
        """The same unit, position and employment type; a missing column has no opinion."""
        return self.is_same_seat(post, row) and (
            row.employment_type is None
            or post.employment_type is self.plan.records.employment_types.get(row.employment_type)
        )

    def is_same_seat(self, post: Post, row: StaffRow) -> bool:
        return post.unit.path_key == path_key(row.unit) and (
            row.position is None or post.position is self.plan.records.positions.get(row.position)
        )

    def wrong(self, row: StaffRow, column: str, message: str) -> None:
        self.plan.errors.append(Problem(row.row, self.columns.label(column), message))

    # Rows

    def lay_primary(self, row: StaffRow) -> None:
        day = self.first_day(row)
        current = self.staff.primary(self.as_of)
        there = self.staff.primary(day)
        reached = current and day <= self.as_of and reaches(row, current.starts_on)
        for post in (current if reached else None, there):
            if post and self.is_same(post, row):
                self.adjust_end(post, row)
                return
        if there and there.starts_on == day:
            self.correct(there, row)
            return
        later = [post for post in self.staff.posts if post.is_primary and post.starts_on > day]
        following = min(later, key=lambda post: post.starts_on, default=None)
        if following and following.starts_on <= self.as_of and reaches(row, following.starts_on):
            self.wrong(
                row,
                "starts_on",
                _("The records say “%(post)s” since %(day)s. Check the first day in this row.")
                % {"post": following.shown, "day": era_date(following.starts_on)},
            )
            return
        if there:
            self.end(there, day - ONE_DAY)
        ends_on = row.ends_on
        if following and reaches(row, following.starts_on):
            ends_on = following.starts_on - ONE_DAY
        self.open(row, starts_on=day, ends_on=ends_on)

    def first_day(self, row: StaffRow) -> dt.date:
        """The day a row counts from: who had left and is there again counts from today on."""
        day = first_day(row, as_of=self.as_of)
        if day >= self.as_of or self.was_there or not reaches(row, self.as_of):
            return day
        had_left = any(
            post.pk and post.ends_on and day <= post.ends_on < self.as_of
            for post in self.staff.posts
        )
        return self.as_of if had_left else day

    def adjust_end(self, post: Post, row: StaffRow) -> None:
        if row.ends_on is None or row.ends_on == post.ends_on:
            return
        if row.ends_on < post.starts_on:
            self.wrong(
                row,
                "ends_on",
                _("The records say that this post began on %(day)s. Check the last day.")
                % {"day": era_date(post.starts_on)},
            )
            return
        clash = next(
            (
                other
                for other in self.staff.posts
                if post.is_primary
                and other.is_primary
                and post.starts_on < other.starts_on <= row.ends_on
            ),
            None,
        )
        if clash:
            self.wrong(
                row,
                "ends_on",
                _("The records say “%(post)s” since %(day)s. Check the last day in this row.")
                % {"post": clash.shown, "day": era_date(clash.starts_on)},
            )
            return
        self.end(post, row.ends_on)
        self.updated = True

    def correct(self, post: Post, row: StaffRow) -> None:
        """The record of that very day was wrong: say it right, the audit log keeps both."""
        position, employment_type = self.position(row), self.employment_type(row)
        post.unit = self.unit(row, post.starts_on, row.ends_on)
        post.position, post.employment_type = position, employment_type
        self.moved = True
        if post.pk:
            self.plan.corrected[post.pk] = post
        self.adjust_end(post, row)

    def lay_others(self, rows: list[StaffRow]) -> None:
        """Concurrent and joint posts and secondments: what the file says is all there is."""
        kept: list[Post] = []
        for row in rows:
            day = self.first_day(row)
            posts = [
                post
                for post in self.staff.posts
                if post.kind == row.kind and post not in kept and self.is_same_seat(post, row)
            ]
            matching = [
                post
                for post in posts
                if post.starts_on == day
                or (post.covers(self.as_of) and day <= self.as_of and reaches(row, post.starts_on))
            ]
            if matching:
                post = matching[0]
                self.adjust_end(post, row)
                if not self.is_same(post, row):
                    post.employment_type = self.employment_type(row)
                    self.moved = True
                    if post.pk:
                        self.plan.corrected[post.pk] = post
            else:
                self.open(row, starts_on=day, ends_on=row.ends_on)
                post = self.staff.posts[-1]
            kept.append(post)
        for post in self.staff.in_force(self.as_of):
            if not post.is_primary and post not in kept and self.take_away(post, before=self.as_of):
                self.moved = True

    def retire(self, row: StaffRow) -> None:
        before = row.ends_on + ONE_DAY if row.ends_on else row.starts_on or self.as_of
        for post in list(self.staff.posts):
            self.retired |= self.take_away(post, before=before)

    def leave(self) -> None:
        for post in list(self.staff.posts):
            self.retired |= self.take_away(post, before=self.as_of)

    def rename(self, rows: list[StaffRow]) -> None:
        """An empty cell for kana or e-mail leaves what is known."""
        wanted = {
            "name": rows[0].name,
            "name_kana": next((row.name_kana for row in rows if row.name_kana), ""),
            "email": next((row.email for row in rows if row.email), ""),
        }
        changed = False
        for attribute, value in wanted.items():
            if value and getattr(self.staff, attribute) != value:
                setattr(self.staff, attribute, value)
                changed = True
        if changed and not self.is_new:
            self.updated = True
            self.plan.renamed.append(self.staff)

    def finish(self) -> None:
        outcome = self.outcome()
        if outcome == Outcome.UNCHANGED:
            self.plan.unchanged += 1
            return
        post = self.staff.present(self.as_of)
        if post is None and outcome != Outcome.LEFT:
            coming = [post for post in self.staff.posts if post.starts_on > self.as_of]
            post = min(coming, key=lambda post: post.starts_on, default=None)
        if outcome == Outcome.MOVED and post and post.shown == self.before:
            post = self.newest or post
        self.plan.changes.append(
            Change(
                staff=self.staff,
                outcome=outcome,
                before=self.before,
                after=self.after(post, outcome),
                old_name=self.old_name,
                old_posts=self.old_posts,
            )
        )

    def after(self, post: Post | None, outcome: Outcome) -> str:
        if outcome == Outcome.LEFT:
            last = max((post.ends_on for post in self.staff.posts if post.ends_on), default=None)
            return _("until %(day)s") % {"day": era_date(last)} if last else ""
        if post is None:
            return ""
        if post.starts_on > self.as_of:
            return _("%(post)s from %(day)s") % {
                "post": post.shown,
                "day": era_date(post.starts_on),
            }
        return post.shown

    def outcome(self) -> Outcome:
        is_there = bool(self.staff.in_force(self.as_of))
        if self.is_new or (self.moved and not self.was_there and not self.goes_on):
            return Outcome.JOINED
        if self.retired or (self.was_there and not is_there):
            return Outcome.LEFT
        if self.moved:
            return Outcome.MOVED
        return Outcome.UPDATED if self.updated else Outcome.UNCHANGED


def path_key(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(search_key(name) for name in path)


def reaches(row: StaffRow, day: dt.date) -> bool:
    return row.ends_on is None or row.ends_on >= day


def plan_people(records: Records, file: StaffFile, columns: Columns, *, as_of: dt.date) -> Plan:
    """The file is the complete staff as of a day: whoever it does not name has left."""
    plan = Plan(as_of=as_of, records=records, errors=list(file.problems))
    plan.staff_before = sum(bool(staff.in_force(as_of)) for staff in records.people.values())
    plan.errors += lost_zeros(records, file, columns)
    rows_of: dict[str, list[StaffRow]] = defaultdict(list)
    for row in file.rows:
        rows_of[row.employee_number].append(row)
    for number, rows in rows_of.items():
        if number in file.doubtful:
            continue
        problems = disagreements(rows, columns, as_of=as_of)
        if problems:
            plan.errors += problems
        else:
            plan_person(plan, number, rows, columns)
    named = rows_of.keys() | file.doubtful
    for number, staff in records.people.items():
        if number not in named and staff.in_force(as_of):
            person = PersonPlan(plan, columns, staff, is_new=False)
            person.leave()
            person.finish()
    return plan


def plan_person(plan: Plan, number: str, rows: list[StaffRow], columns: Columns) -> None:
    staff = plan.records.people.get(number)
    stays = [row for row in rows if not row.retires]
    if staff is None and not stays:
        plan.warnings.append(
            Problem(
                rows[0].row,
                columns.label("employee_number"),
                _("%(number)s is not in the records, so nobody leaves.") % {"number": number},
            )
        )
        return
    if staff and not staff.posts:
        if staff.is_administrator:
            plan.warnings.append(
                Problem(
                    rows[0].row,
                    columns.label("employee_number"),
                    _("%(number)s is the account of an administrator. This row was left out.")
                    % {"number": number},
                )
            )
            return
        if stays:
            plan.warnings.append(
                Problem(
                    rows[0].row,
                    columns.label("employee_number"),
                    _("%(number)s (%(name)s) had an account without a post and becomes staff.")
                    % {"number": number, "name": staff.name},
                )
            )
    is_new = staff is None
    if staff is None:
        staff = Staff(employee_number=number, name=rows[0].name)
        plan.records.people[number] = staff
        plan.hired.append(staff)
    person = PersonPlan(plan, columns, staff, is_new=is_new)
    primary = [row for row in stays if row.kind == PostingKind.PRIMARY]
    others = [row for row in stays if row.kind != PostingKind.PRIMARY]
    person.rename(rows)
    for row in sorted(primary, key=lambda row: first_day(row, as_of=plan.as_of)):
        person.lay_primary(row)
    if stays:
        person.lay_others(others)
    if others and not primary:
        plan.warnings.append(
            Problem(
                others[0].row,
                columns.label("kind"),
                _("%(number)s has no primary post (主務), so no list of a unit counts this person.")
                % {"number": number},
            )
        )
        present = staff.primary(plan.as_of)
        if present:
            person.moved |= person.take_away(present, before=plan.as_of)
    for row in rows:
        if row.retires:
            person.retire(row)
    person.finish()


def first_day(row: StaffRow | UnitRow, *, as_of: dt.date) -> dt.date:
    """A row without a first day counts from today on, unless it is over already."""
    return row.starts_on or min(as_of, row.ends_on or as_of)


def disagreements(rows: list[StaffRow], columns: Columns, *, as_of: dt.date) -> list[Problem]:
    """What is wrong with the rows of one person taken together."""
    problems: list[Problem] = []
    stays = [row for row in rows if not row.retires]
    primary = [row for row in stays if row.kind == PostingKind.PRIMARY]
    problems += [
        Problem(
            row.row,
            columns.label("name"),
            _(
                "Row %(row)s gives %(number)s the name “%(name)s”. "
                "Write the same name in every row of a person."
            )
            % {"row": rows[0].row, "number": row.employee_number, "name": rows[0].name},
        )
        for row in rows[1:]
        if row.name != rows[0].name
    ]
    problems += [
        Problem(
            row.row,
            columns.label("starts_on" if columns.has("starts_on") else "employee_number"),
            _(
                "Row %(row)s names another primary post of %(number)s in the same days. "
                "Keep one, or enter the first and last days."
            )
            % {"row": other.row, "number": row.employee_number},
        )
        for other, row in overlapping(primary, as_of=as_of)
    ]
    if not primary:
        problems += [
            Problem(
                row.row,
                columns.label("kind"),
                _("There is no row with the primary post (主務) of %(number)s. Add it.")
                % {"number": row.employee_number},
            )
            for row in stays
            if row.kind == PostingKind.CONCURRENT
            and not any(other.kind != PostingKind.CONCURRENT for other in stays)
        ]
    return problems


def overlapping(rows: list[StaffRow], *, as_of: dt.date) -> list[tuple[StaffRow, StaffRow]]:
    """Neighbours in time that share a day. An open post may be followed by a future transfer."""
    pairs = []
    dated = sorted((first_day(row, as_of=as_of), row.row, row) for row in rows)
    for (start, _row, earlier), (next_start, _next_row, later) in pairwise(dated):
        is_transfer = earlier.ends_on is None and start < next_start > as_of
        if reaches(earlier, next_start) and not is_transfer:
            pairs.append((earlier, later))
    return pairs


def lost_zeros(records: Records, file: StaffFile, columns: Columns) -> list[Problem]:
    """Numbers that a spreadsheet program has shortened: 000123 became 123."""
    known = [number for number, staff in records.people.items() if staff.posts]
    without_zeros = {number.lstrip("0"): number for number in known if number.startswith("0")}
    lengths = {len(number) for number in known if number.isdigit()}
    usual = lengths.pop() if len(lengths) == 1 and without_zeros else 0
    problems = []
    for row in file.rows:
        number = row.employee_number
        if number in records.people or not number.isdigit():
            continue
        full = without_zeros.get(number)
        if full is None and row.number_was_numeric and len(number) < usual:
            full = number.zfill(usual)
        if full:
            problems.append(
                Problem(
                    row.row,
                    columns.label("employee_number"),
                    _(
                        "“%(number)s” seems to have lost its leading zeros (%(full)s). "
                        "Format the column as text and enter the numbers again."
                    )
                    % {"number": number, "full": full},
                )
            )
    return problems


def plan_units(records: Records, file: UnitFile, *, as_of: dt.date) -> Plan:
    """A file of units opens what is not there yet, and touches no people."""
    plan = Plan(as_of=as_of, records=records, errors=list(file.problems))
    for row in file.rows:
        since = first_day(row, as_of=as_of)
        is_past = row.ends_on is not None and row.ends_on < as_of
        tree = records.units
        node = tree.resolve(row.unit, on=since if is_past else max(since, as_of), since=since)
        if row.ends_on and node.ends_on != row.ends_on:
            tree.close(node, on=row.ends_on)
    return plan
