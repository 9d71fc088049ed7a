"""How much of the office somebody's reports may count: the scope that every read goes through."""

import datetime as dt
from dataclasses import dataclass

from lms.people.enums import Role
from lms.people.models import Person, Unit


@dataclass(frozen=True)
class Reach:
    """How much of the office a report may count.

    ``paths`` are places in the tree of units, with everything below; None is the whole office.
    ``public_by`` leaves out transfers that are not public yet on that day; None knows them all.
    """

    paths: tuple[str, ...] | None = None
    public_by: dt.date | None = None

    @property
    def is_empty(self) -> bool:
        return self.paths is not None and not self.paths

    def covers(self, path: str) -> bool:
        return self.paths is None or path.startswith(self.paths)

    def narrowed_to(self, path: str) -> "Reach":
        return Reach(paths=(path,), public_by=self.public_by)


def reach_of(person: Person, *, on: dt.date) -> Reach:
    """HR reaches everything, audit everything that is public, heads their own units.

    Everybody else reaches nothing: authors and the digital strategy section do not need HR's data
    for their work.
    """
    if person.has_role(Role.TRAINING_ADMIN):
        return Reach()
    if person.has_role(Role.AUDITOR):
        return Reach(public_by=on)
    paths = Unit.objects.seen_by_head(person, on=on).values_list("path", flat=True)
    return Reach(paths=_outermost(sorted(paths)), public_by=on)


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """The paths that no other one of them contains."""
    outermost: list[str] = []
    for path in paths:
        if not outermost or not path.startswith(outermost[-1]):
            outermost.append(path)
    return tuple(outermost)
