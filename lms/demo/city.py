"""A city in outline: units, people and postings as plain facts.

``city(seed, people, on)`` is a pure function: the same three values give the same city in every
process. All days are counted from ``on``, so that a demo never looks old.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lms.core.calendar import fiscal_year, fiscal_year_end, fiscal_year_start
from lms.demo.accounts import DEMO_ACCOUNTS, DemoAccount
from lms.demo.names import FAMILY_NAMES, GIVEN_NAMES, HARD_FAMILY_NAMES
from lms.demo.outline import (
    DEPARTMENTS,
    EMPLOYMENT_TYPES,
    FIXED_TERM,
    LENT_TO,
    POSITIONS,
    REGULAR,
    REHIRED,
    TRADES,
    WITHOUT_MAIL,
    YEARLY,
    YEARLY_POSITIONS,
    Department,
    Section,
)
from lms.people.enums import LeaveCode, Office, PostingKind

SEED = 20260401
SMALLEST, LARGEST = 50, 20_000
YEARS_KEPT = 10
DAY = dt.timedelta(days=1)
HEADS = frozenset(name for name, _rank, heads_unit in POSITIONS if heads_unit)
# One lead for this many people of a unit.
SPAN = 8


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A unit by its path of names from the top, 部/課/係."""

    path: str
    code: str
    starts_on: dt.date
    ends_on: dt.date | None = None
    predecessor: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class PostingFact:
    unit: str
    position: str
    employment_type: str
    starts_on: dt.date
    ends_on: dt.date | None = None
    kind: PostingKind = PostingKind.PRIMARY
    public_on: dt.date | None = None

    def covers(self, on: dt.date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True, slots=True)
class LeaveFact:
    code: LeaveCode
    starts_on: dt.date
    ends_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class PersonFact:
    employee_number: str
    name: str
    name_kana: str
    email: str
    postings: tuple[PostingFact, ...] = ()
    leaves: tuple[LeaveFact, ...] = ()
    account: DemoAccount | None = None

    def primary(self, on: dt.date) -> PostingFact | None:
        return next(
            (p for p in self.postings if p.kind == PostingKind.PRIMARY and p.covers(on)), None
        )


@dataclass(frozen=True, slots=True)
class AppointmentFact:
    employee_number: str
    unit: str
    office: Office
    starts_on: dt.date
    ends_on: dt.date | None


@dataclass(frozen=True, slots=True)
class City:
    on: dt.date
    units: tuple[UnitFact, ...]
    positions: tuple[tuple[str, int, bool], ...]
    employment_types: tuple[tuple[str, int], ...]
    people: tuple[PersonFact, ...]
    appointments: tuple[AppointmentFact, ...]


@dataclass(slots=True)
class _Seat:
    """A place in a unit on the day, before its holder has a name and a history."""

    unit: str
    position: str
    employment_type: str
    account: DemoAccount | None = None
    also_heads: list[str] = field(default_factory=list)


def city(seed: int, people: int, on: dt.date) -> City:
    """The city on a day, with ``people`` staff in post; those who left come on top."""
    if not SMALLEST <= people <= LARGEST:
        raise ValueError(f"The city can have {SMALLEST} to {LARGEST} people, not {people}.")
    units = tuple(_units(on))
    seats = _seats(people, _stream(seed, "seats"))
    staff = _Careers(seed, on, units).staff(seats)
    return City(
        on=on,
        units=units,
        positions=POSITIONS,
        employment_types=EMPLOYMENT_TYPES,
        people=staff,
        appointments=tuple(_appointments(staff, on, _stream(seed, "appointments"))),
    )


def _stream(seed: int, purpose: str) -> random.Random:
    """One source of chance for each purpose: a change to one part leaves the others alone."""
    return random.Random(f"{seed}:{purpose}")


def _years_ago(on: dt.date, years: int) -> dt.date:
    return fiscal_year_start(fiscal_year(on) - years)


# Units ------------------------------------------------------------------------------------------


def _units(on: dt.date) -> Iterator[UnitFact]:
    founded, reorganised = _years_ago(on, YEARS_KEPT), _years_ago(on, 1)
    for number, department in enumerate(DEPARTMENTS, 1):
        top = f"{number:02}"
        yield UnitFact(department.name, top, founded)
        closed = len(department.sections)
        for place, section in enumerate(department.sections, 1):
            path, code = f"{department.name}/{section.name}", f"{top}{place:02}"
            former = f"{department.name}/{section.formerly}" if section.formerly else ""
            if former:
                closed += 1
                yield UnitFact(former, f"{top}{closed:02}", founded, reorganised - DAY)
            starts_on = reorganised if former else founded
            yield UnitFact(path, code, starts_on, predecessor=former)
            for index, team in enumerate(section.teams, 1):
                yield UnitFact(f"{path}/{team}", f"{code}{index:02}", starts_on)


def _sections() -> Iterator[tuple[Department, Section]]:
    for department in DEPARTMENTS:
        for section in department.sections:
            yield department, section


def _workplaces() -> list[tuple[str, Section, float]]:
    """Where staff below the head sit: the teams of a section, else the section; with weights."""
    places = []
    for department, section in _sections():
        path = f"{department.name}/{section.name}"
        teams = [f"{path}/{team}" for team in section.teams]
        teams = [team for team in teams if team not in LENT_TO]
        places += [
            (place, section, section.weight / len(teams or [path])) for place in teams or [path]
        ]
    return places


# Seats ------------------------------------------------------------------------------------------


def _seats(people: int, chance: random.Random) -> list[_Seat]:
    seats = [
        _Seat(account.unit, account.position, account.employment_type, account)
        for account in DEMO_ACCOUNTS
        if account.unit
    ]
    seats += _head_seats(people, taken={seat.unit: seat for seat in seats})
    places = _workplaces()
    counts = _shares([weight for _path, _section, weight in places], people - len(seats))
    for (path, section, _weight), count in zip(places, counts, strict=True):
        trade = TRADES[section.trade]
        names = [name for name, _share in trade.staff]
        shares = [share for _name, share in trade.staff]
        for index in range(count):
            # One person alone leads nobody.
            lead = index % SPAN == 1
            position = trade.lead if lead else chance.choices(names, shares)[0]
            seats.append(_Seat(path, position, _employment(position, chance)))
    return seats


def _head_seats(people: int, taken: dict[str, _Seat]) -> list[_Seat]:
    """Every 部 and 課 has a head; in a small city the head of the 部 stands in for some 課."""
    heads = {
        department.name: taken.get(department.name)
        or _Seat(department.name, department.head, REGULAR)
        for department in DEPARTMENTS
    }
    seats = [seat for seat in heads.values() if seat.account is None]
    room = people * 2 // 5 - len(heads)
    # The first section of every 部 before the second of any.
    ordered = sorted(
        (
            (department.sections.index(section), department, section)
            for department, section in _sections()
        ),
        key=lambda entry: entry[0],
    )
    for _place, department, section in ordered:
        path = f"{department.name}/{section.name}"
        if path in taken and taken[path].position in HEADS:
            continue
        if room > 0:
            seats.append(_Seat(path, section.head, REGULAR))
            room -= 1
        else:
            heads[department.name].also_heads.append(f"{path}:{section.head}")
    return seats


def _shares(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total (largest remainder)."""
    whole = sum(weights)
    exact = [weight * total / whole for weight in weights]
    counts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for index in by_remainder[: total - sum(counts)]:
        counts[index] += 1
    return counts


def _employment(position: str, chance: random.Random) -> str:
    if position in YEARLY_POSITIONS:
        return YEARLY
    if position in ("主査", "主任", "作業員") and chance.random() < 0.15:
        return REHIRED
    if position in ("主事", "保健師", "保育士", "司書") and chance.random() < 0.08:
        return FIXED_TERM
    return REGULAR


# People -----------------------------------------------------------------------------------------


class _Careers:
    """Gives each seat a holder with a name, a history and, for some, a leave or a second post."""

    def __init__(self, seed: int, on: dt.date, units: Sequence[UnitFact]) -> None:
        self.on = on
        self.this_year = _years_ago(on, 0)
        self.units = {unit.path: unit for unit in units}
        self.names = self._names(_stream(seed, "names"))
        self.mail = _stream(seed, "mail")
        self.past = _stream(seed, "past")
        self.leaves = _stream(seed, "leaves")
        self.extras = _stream(seed, "extras")
        self.numbers = itertools.count(1001)
        self.elsewhere = [place for place, _section, _weight in _workplaces()]

    def _names(self, chance: random.Random) -> Iterator[tuple[str, str]]:
        """Names nobody else has, as long as there are any; the hard ones come early."""
        seen = {(account.name, account.name_kana) for account in DEMO_ACCOUNTS}
        for number in itertools.count():
            name = ("", "")
            for _try in range(20):
                # One person in nine has one of the hard characters, and so have the first ones.
                hard = number % 9 == 0 and number < 9 * 5 * len(HARD_FAMILY_NAMES)
                family = (
                    HARD_FAMILY_NAMES[number // 9 % len(HARD_FAMILY_NAMES)]
                    if hard
                    else chance.choice(FAMILY_NAMES)
                )
                given = chance.choice(GIVEN_NAMES)
                name = (f"{family[0]}　{given[0]}", f"{family[1]}　{given[1]}")
                if name not in seen:
                    break
            seen.add(name)
            yield name

    def staff(self, seats: Sequence[_Seat]) -> tuple[PersonFact, ...]:
        people = [self._holder(seat) for seat in seats]
        people = self._swap_heads(people)
        people = self._second_posts(people)
        people = self._on_leave(people)
        people = self._to_be_moved(people)
        people += self._leavers(len(seats))
        people += [self._external(account) for account in DEMO_ACCOUNTS if not account.unit]
        return tuple(sorted(people, key=lambda person: person.employee_number))

    def _external(self, account: DemoAccount) -> PersonFact:
        return PersonFact(
            account.employee_number,
            account.name,
            account.name_kana,
            f"{account.key.replace('_', '-')}@example.invalid",
            account=account,
        )

    def _holder(self, seat: _Seat) -> PersonFact:
        postings = self._history(seat)
        current = postings[-1]
        for entry in seat.also_heads:
            unit, _colon, position = entry.partition(":")
            concurrent = replace(current, unit=unit, position=position, kind=PostingKind.CONCURRENT)
            postings.append(self._since(concurrent, self.units[unit].starts_on))
        if seat.account:
            number, (name, kana) = (
                seat.account.employee_number,
                (seat.account.name, seat.account.name_kana),
            )
        else:
            number, (name, kana) = f"{next(self.numbers):06}", next(self.names)
        return PersonFact(
            number, name, kana, self._mail(number, seat), tuple(postings), (), seat.account
        )

    def _mail(self, number: str, seat: _Seat) -> str:
        without = seat.position in WITHOUT_MAIL and (
            seat.account is not None or self.mail.random() < 0.85
        )
        return "" if without else f"s{number}@example.jp"

    def _since(self, posting: PostingFact, day: dt.date) -> PostingFact:
        return replace(posting, starts_on=max(posting.starts_on, day))

    def _history(self, seat: _Seat) -> list[PostingFact]:
        """The postings that lead to this seat, oldest first, without a gap."""
        year = fiscal_year(self.on)
        if seat.employment_type == YEARLY:
            # Appointed anew each 年度, as the law has it.
            first = 3 if seat.account else self.past.choices(range(5), (20, 25, 25, 15, 15))[0]
            return [
                posting
                for ago in range(first, -1, -1)
                for posting in self._in_its_time(
                    PostingFact(
                        seat.unit,
                        seat.position,
                        YEARLY,
                        fiscal_year_start(year - ago),
                        fiscal_year_end(year - ago),
                    )
                )
            ]
        if seat.account:
            here, before = 2, 3
        else:
            here = self.past.choices(range(6), (14, 22, 24, 18, 12, 10))[0]
            new = seat.position in ("主事補", "消防士") or self.past.random() < 0.12
            before = 0 if new and seat.position not in HEADS else self.past.randint(1, 4)
        starts_on = self._first_day(here, before)
        postings = self._in_its_time(
            PostingFact(seat.unit, seat.position, seat.employment_type, starts_on)
        )
        if before:
            earlier = PostingFact(
                self._other_place(seat),
                self._earlier_position(seat.position),
                REGULAR,
                fiscal_year_start(max(year - here - before, year - YEARS_KEPT)),
                starts_on - DAY,
            )
            postings = self._in_its_time(earlier) + postings
        return postings

    def _first_day(self, here: int, before: int) -> dt.date:
        """1 April; some of this year's newcomers came in its course."""
        first = _years_ago(self.on, here)
        month = self.on.replace(day=1)
        if here == 0 and before == 0 and month > first and self.past.random() < 0.3:
            months = (month.year - first.year) * 12 + month.month - first.month
            later = first.month - 1 + self.past.randint(1, months)
            return dt.date(first.year + later // 12, later % 12 + 1, 1)
        return first

    def _other_place(self, seat: _Seat) -> str:
        place = self.past.choice(self.elsewhere)
        return place if place != seat.unit else self.elsewhere[0]

    def _earlier_position(self, position: str) -> str:
        if position in ("部長", "消防長", "会計管理者"):
            return "主幹"
        if position in HEADS:
            return "係長"
        return {"係長": "主査", "主査": "主任", "主任": "主事"}.get(position, position)

    def _in_its_time(self, posting: PostingFact) -> list[PostingFact]:
        """The posting, cut where its unit was reorganised."""
        unit = self.units[posting.unit]
        section = self.units["/".join(posting.unit.split("/")[:2])]
        if posting.starts_on >= unit.starts_on or not section.predecessor:
            return [self._since(posting, unit.starts_on)]
        changed = unit.starts_on
        if posting.ends_on is not None and posting.ends_on < changed:
            return [replace(posting, unit=section.predecessor)]
        return [
            replace(posting, unit=section.predecessor, ends_on=changed - DAY),
            replace(posting, starts_on=changed),
        ]

    def _swap_heads(self, people: list[PersonFact]) -> list[PersonFact]:
        """Heads of sections who came on this 1 April headed each other's sections before."""
        came = [
            index
            for index, person in enumerate(people)
            if person.account is None
            and person.postings[-1].starts_on == self.this_year
            and person.postings[-1].position == "課長"
            and len(person.postings) > 1
            and not self.units[person.postings[-1].unit].predecessor
        ]
        if len(came) < 2:
            return people
        swapped = list(people)
        for index, other in zip(came, came[1:] + came[:1], strict=True):
            person = people[index]
            before = replace(
                people[other].postings[-1],
                starts_on=_years_ago(self.on, 3),
                ends_on=self.this_year - DAY,
            )
            swapped[index] = replace(person, postings=(before, person.postings[-1]))
        return swapped

    def _movable(self, people: list[PersonFact]) -> list[int]:
        """Regular staff without a second post, a leave, a demo account or a section to head."""
        return [
            index
            for index, person in enumerate(people)
            if person.account is None
            and not person.leaves
            and person.postings[-1].kind == PostingKind.PRIMARY
            and person.postings[-1].employment_type == REGULAR
            and person.postings[-1].position not in HEADS
        ]

    def _second_posts(self, people: list[PersonFact]) -> list[PersonFact]:
        """兼務, 併任 and 出向 beside the primary post."""
        people = list(people)
        chosen = self._pick(people, max(6, len(people) * 5 // 100))
        offices = ("会計・行政委員会/選挙管理委員会事務局", "会計・行政委員会/会計課")
        for turn, index in enumerate(chosen):
            person = people[index]
            now = person.postings[-1]
            if turn % 3 == 0:
                kind, unit = PostingKind.CONCURRENT, self.extras.choice(self.elsewhere)
            elif turn % 3 == 1:
                kind, unit = PostingKind.JOINT, offices[turn % 2]
            else:
                people[index] = self._lend(person, LENT_TO[turn % 2])
                continue
            if unit == now.unit:
                unit = offices[0]
            extra = replace(now, unit=unit, kind=kind)
            extra = self._since(extra, self.units[unit].starts_on)
            people[index] = replace(person, postings=(*person.postings, extra))
        return people

    def _lend(self, person: PersonFact, unit: str) -> PersonFact:
        """Lent to another body: the primary post goes to HR's section, the work is elsewhere."""
        now = person.postings[-1]
        starts_on = max(now.starts_on, self.this_year)
        lent = replace(now, unit="総務部/人財課", starts_on=starts_on)
        before = (replace(now, ends_on=starts_on - DAY),) if now.starts_on < starts_on else ()
        return replace(
            person,
            postings=(
                *person.postings[:-1],
                *before,
                lent,
                replace(lent, unit=unit, kind=PostingKind.SECONDMENT),
            ),
            leaves=(LeaveFact(LeaveCode.SECONDMENT, starts_on),),
        )

    def _pick(self, people: list[PersonFact], count: int) -> list[int]:
        movable = self._movable(people)
        return self.extras.sample(movable, min(count, len(movable)))

    def _on_leave(self, people: list[PersonFact]) -> list[PersonFact]:
        people = list(people)
        size = len(people)
        kinds = (
            [LeaveCode.CHILDCARE] * max(2, size * 25 // 1000)
            + [LeaveCode.SUSPENSION] * max(1, size // 150)
            + [LeaveCode.LONG_TRAINING] * max(1, size // 250)
            + [LeaveCode.OTHER] * max(1, size // 400)
        )
        for turn, index in enumerate(self._pick(people, len(kinds) * 2)):
            code, past = kinds[turn // 2], turn % 2 == 1
            person = people[index]
            hired = person.postings[0].starts_on
            if past:
                year = _years_ago(self.on, 1 + turn // 2 % 2)
                starts_on = year + dt.timedelta(days=self.leaves.randint(70, 210))
                ends_on = starts_on + dt.timedelta(days=self.leaves.randint(60, 380))
                ends_on = min(ends_on, self.on - DAY)
                if not hired <= starts_on <= ends_on:
                    continue
                leave = LeaveFact(code, starts_on, ends_on)
            else:
                starts_on = max(hired, self.on - dt.timedelta(days=self.leaves.randint(40, 400)))
                ends_on = self.on + dt.timedelta(days=self.leaves.randint(60, 400))
                leave = LeaveFact(code, starts_on, ends_on)
            people[index] = replace(person, leaves=(leave,))
        return people

    def _to_be_moved(self, people: list[PersonFact]) -> list[PersonFact]:
        """A transfer that is decided but not public yet (内示)."""
        people = list(people)
        day = (self.on.replace(day=1) + dt.timedelta(days=70)).replace(day=1)
        for index in self._pick(people, max(1, len(people) // 400)):
            person = people[index]
            now = person.postings[-1]
            unit = self.elsewhere[0] if now.unit != self.elsewhere[0] else self.elsewhere[1]
            people[index] = replace(
                person,
                postings=(
                    *person.postings[:-1],
                    replace(now, ends_on=day - DAY),
                    replace(now, unit=unit, starts_on=day, public_on=day - 7 * DAY),
                ),
            )
        return people

    def _leavers(self, size: int) -> list[PersonFact]:
        """Who left on one of the last two 31 March, and somebody who left in this year."""
        last_days = []
        for ago in (0, 1):
            end = _years_ago(self.on, ago) - DAY
            last_days += [end] * max(2, size // 30)
            # Not everybody stays until 31 March: the last days of July to January.
            last_days += [
                (end.replace(day=1) - dt.timedelta(days=30 * self.past.randint(2, 8))).replace(
                    day=1
                )
                - DAY
                for _leaver in range(max(1, size // 100))
            ]
        if self.on - 31 * DAY > self.this_year:
            last_days += [self.on.replace(day=1) - DAY] * max(1, size // 150)
        people = []
        for last_day in last_days:
            unit = self.past.choice(self.elsewhere)
            position = self.past.choice(("主査", "主査", "係長", "主事", "主幹"))
            seat = _Seat(unit, position, REGULAR)
            first = _years_ago(last_day, self.past.randint(1, 5))
            postings = self._in_its_time(
                PostingFact(unit, position, REGULAR, first, ends_on=last_day)
            )
            number, (name, kana) = f"{next(self.numbers):06}", next(self.names)
            people.append(PersonFact(number, name, kana, self._mail(number, seat), tuple(postings)))
        return people


# Network Leaders --------------------------------------------------------------------------------


def _appointments(
    people: Sequence[PersonFact], on: dt.date, chance: random.Random
) -> Iterator[AppointmentFact]:
    """A leader in about every section, for two years; some sections have none, some a deputy."""
    by_section: dict[str, list[PersonFact]] = {}
    for person in people:
        post = person.primary(on)
        if post is None or post.position in HEADS or post.employment_type == YEARLY:
            continue
        section = "/".join(post.unit.split("/")[:2])
        if not any(leave.ends_on is None or leave.ends_on >= on for leave in person.leaves):
            by_section.setdefault(section, []).append(person)
    year = fiscal_year(on)
    for section in sorted(by_section):
        members = by_section[section]
        named = [p for p in members if p.account and p.account.leads == section]
        free = [p for p in members if p.account is None]
        if not named and (not free or chance.random() < 0.1):
            continue
        leader = named[0] if named else chance.choice(free)
        yield _appointment(leader, section, Office.NETWORK_LEADER, year, on)
        others = [person for person in free if person is not leader]
        if others and chance.random() < 0.25:
            yield _appointment(chance.choice(others), section, Office.DEPUTY_LEADER, year, on)


def _appointment(
    person: PersonFact, section: str, office: Office, year: int, on: dt.date
) -> AppointmentFact:
    post = person.primary(on)
    came = post.starts_on if post else on
    first_year = year - 1 if came <= fiscal_year_start(year - 1) else year
    starts_on = max(came, fiscal_year_start(first_year))
    return AppointmentFact(
        person.employee_number, section, office, starts_on, fiscal_year_end(first_year + 1)
    )
