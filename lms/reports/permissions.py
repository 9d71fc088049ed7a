import datetime as dt

from lms.people.enums import Role
from lms.people.models import Person, Unit
from lms.reports.domain.rows import Reach


def completion_reach(person: Person, *, on: dt.date) -> Reach | None:
    """What the completion report may count for somebody; None if it is not for them.

    HR sees everything, audit everything that is public, heads their own units. Authors and the
    digital strategy section do not need HR's data for their work.
    """
    if person.has_role(Role.TRAINING_ADMIN):
        return Reach()
    if person.has_role(Role.AUDITOR):
        return Reach(public_by=on)
    paths = Unit.objects.seen_by_head(person, on=on).values_list("path", flat=True)
    if not paths:
        return None
    return Reach(paths=_outermost(sorted(paths)), public_by=on)


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """The paths that no other one of them contains."""
    outermost: list[str] = []
    for path in paths:
        if not outermost or not path.startswith(outermost[-1]):
            outermost.append(path)
    return tuple(outermost)
