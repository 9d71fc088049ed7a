import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Q
from treebeard.mp_tree import MP_NodeQuerySet

from lms.people.enums import PostingKind, Role

if TYPE_CHECKING:
    from lms.people.models import Person


def in_force(on: dt.date, prefix: str = "") -> Q:
    """Rows whose window, both days inclusive, contains the day."""
    return Q(**{f"{prefix}starts_on__lte": on}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})
    )


class DatedQuerySet(models.QuerySet[Any]):
    def in_force(self, *, on: dt.date) -> Self:
        return self.filter(in_force(on))


class UnitQuerySet(MP_NodeQuerySet):
    def in_force(self, *, on: dt.date) -> Self:
        return self.filter(in_force(on))

    def below(self, paths: list[str]) -> Self:
        """The units at these tree paths with everything below them."""
        if not paths:
            return self.none()
        match = Q()
        for path in paths:
            match |= Q(path__startswith=path)
        return self.filter(match)

    def paths_shown(self) -> dict[int, str]:
        """Every unit's 部/課/係, by its key."""
        names: dict[str, str] = {}
        shown: dict[int, str] = {}
        steplen = self.model.steplen
        for pk, path, name in self.order_by("path").values_list("pk", "path", "name"):
            above = names.get(path[:-steplen])
            names[path] = shown[pk] = f"{above}/{name}" if above else name
        return shown

    def headed_by(self, person: "Person", *, on: dt.date) -> Self:
        """The units that the person heads on a day: a post there whose position heads its unit."""
        return self.filter(
            in_force(on, "postings__"),
            postings__person=person,
            postings__position__heads_unit=True,
        ).distinct()

    def seen_by_head(self, person: "Person", *, on: dt.date) -> Self:
        """Every unit that the person heads, with everything below."""
        return self.below(list(self.headed_by(person, on=on).values_list("path", flat=True)))


class PostingQuerySet(DatedQuerySet):
    def primary(self) -> Self:
        return self.filter(kind=PostingKind.PRIMARY)

    def public(self, *, on: dt.date) -> Self:
        """Without transfers that are not public yet on the day (内示)."""
        return self.filter(public_on__lte=on)


class PersonQuerySet(models.QuerySet["Person"]):
    def posted(self, *, on: dt.date) -> Self:
        """People with any post on the day."""
        from lms.people.models import Posting

        return self.filter(
            models.Exists(Posting.objects.in_force(on=on).filter(person=models.OuterRef("pk")))
        )

    def in_units(self, units: models.QuerySet[Any], *, on: dt.date) -> Self:
        """People whose primary post on the day is in one of the units."""
        from lms.people.models import Posting

        return self.filter(
            models.Exists(
                Posting.objects.primary()
                .in_force(on=on)
                .filter(person=models.OuterRef("pk"), unit__in=units)
            )
        )

    def visible_to(self, viewer: "Person", *, on: dt.date) -> Self:
        """HR and audit see everybody, a head sees the own units, everybody sees themselves."""
        from lms.people.models import Unit

        if viewer.has_role(Role.TRAINING_ADMIN, Role.AUDITOR):
            return self
        own = self.filter(pk=viewer.pk)
        units = Unit.objects.seen_by_head(viewer, on=on)
        return self.filter(Q(pk__in=own.values("pk")) | Q(pk__in=self.in_units(units, on=on)))

    def without_password(self) -> Self:
        """People who may sign in but have nothing to sign in with."""
        return self.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def with_unit_path(self, *, on: dt.date) -> dict[int, str]:
        """The unit of each person's primary post on a day, as 部/課/係, by the person's key."""
        from lms.people.models import Posting, Unit

        shown = Unit.objects.paths_shown()
        posts = Posting.objects.primary().in_force(on=on).filter(person__in=self)
        return {person: shown[unit] for person, unit in posts.values_list("person_id", "unit_id")}
