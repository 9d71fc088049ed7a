import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from courses.models import Audience
from lms.people.models import Person


class NoticeQuerySet(models.QuerySet[Any]):
    def in_force(self, *, on: dt.date) -> Self:
        """Both ends of the window included; no last day is open."""
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))

    def visible_to(self, person: Person, *, on: dt.date) -> Self:
        """Those for everybody, and those for an audience that the person is in on the day."""
        mine = Audience.objects.containing(person, on=on)
        return self.in_force(on=on).filter(Q(audience=None) | Q(audience__in=mine))

    def read_or_not(self, person: Person) -> Self:
        """Annotates ``is_read``; what is not read comes first, then the newest."""
        from lms.home.models import NoticeRead

        reads = NoticeRead.objects.filter(notice=OuterRef("pk"), person=person)
        return self.annotate(is_read=Exists(reads)).order_by("is_read", "-starts_on", "-pk")
