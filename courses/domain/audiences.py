"""Who belongs to an audience on a day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Substr

from courses.models import Audience
from lms.people.models import Leave, Person, Posting, Unit


@dataclass(frozen=True)
class Conditions:
    """What an audience says, saved or not: keys of the rows, tree paths for the units."""

    everybody: bool = False
    unit_paths: frozenset[str] = frozenset()
    positions: frozenset[int] = frozenset()
    employment_types: frozenset[int] = frozenset()
    included: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()

    @property
    def takes_by_post(self) -> bool:
        """Whether anything but names says who belongs to it."""
        return bool(self.everybody or self.unit_paths or self.positions or self.employment_types)


@dataclass(frozen=True)
class DivisionCount:
    """Members of one unit at the top of the tree, with everything below it."""

    name: str
    count: int


@dataclass(frozen=True)
class Summary:
    count: int
    on_leave: int
    divisions: list[DivisionCount]


def conditions_of(audience: Audience) -> Conditions:
    return Conditions(
        everybody=audience.everybody,
        unit_paths=frozenset(audience.units.values_list("path", flat=True)),
        positions=_keys(audience.positions),
        employment_types=_keys(audience.employment_types),
        included=_keys(audience.included),
        excluded=_keys(audience.excluded),
    )


def _keys(related: Any) -> frozenset[int]:
    return frozenset(related.order_by().values_list("pk", flat=True))


def members(audience: Audience, *, on: dt.date) -> QuerySet[Person]:
    return members_by(conditions_of(audience), on=on)


def members_by(conditions: Conditions, *, on: dt.date) -> QuerySet[Person]:
    """Everybody whom the conditions mean on the day, each once, under the primary post.

    People who are named and have left no longer belong; people who never had a post, such as an
    external adviser, belong only by name.
    """
    meant = Q(pk__in=conditions.included) & ~has_left(on=on)
    if conditions.takes_by_post:
        meant |= Q(Exists(_posts(conditions, on=on).filter(person=OuterRef("pk"))))
    people = Person.objects.filter(meant)
    return people.exclude(pk__in=conditions.excluded) if conditions.excluded else people


def _posts(conditions: Conditions, *, on: dt.date) -> QuerySet[Posting]:
    posts: QuerySet[Posting] = Posting.objects.primary().in_force(on=on).order_by()
    if conditions.unit_paths:
        posts = posts.filter(unit__in=Unit.objects.below(_topmost(conditions.unit_paths)))
    if conditions.positions:
        posts = posts.filter(position__in=conditions.positions)
    if conditions.employment_types:
        posts = posts.filter(employment_type__in=conditions.employment_types)
    return posts


def _topmost(paths: Iterable[str]) -> list[str]:
    """Without the units that lie below another one of the list."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def has_left(*, on: dt.date) -> Q:
    """People who had postings, of which none is in force or still to come on the day."""
    theirs = Posting.objects.filter(person=OuterRef("pk")).order_by()
    still = theirs.filter(Q(ends_on=None) | Q(ends_on__gte=on))
    return Q(Exists(theirs)) & ~Q(Exists(still))


def summary(conditions: Conditions, *, on: dt.date) -> Summary:
    """How many belong to it, in all and by 部."""
    people = members_by(conditions, on=on).order_by()
    on_leave = Leave.objects.in_force(on=on).filter(person__in=people).count()
    names = {unit.path: unit.name for unit in Unit.get_root_nodes()}
    by_root = (
        Posting.objects.primary()
        .in_force(on=on)
        .filter(person__in=people)
        .order_by()
        .annotate(root=Substr("unit__path", 1, Unit.steplen))
        .values("root")
        .annotate(count=Count("pk"))
    )
    counts = {row["root"]: row["count"] for row in by_root}
    divisions = [DivisionCount(names[root], counts[root]) for root in names if root in counts]
    return Summary(count=people.count(), on_leave=on_leave, divisions=divisions)
