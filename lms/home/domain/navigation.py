"""What a person's menu holds."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db.models import Exists, Q

from lms.people.enums import Role
from lms.people.models import Person, Unit


@dataclass(frozen=True)
class Access:
    """Which of the areas beyond one's own learning are open to somebody."""

    reports: bool
    admin: bool
    heads_unit: bool


def access_of(person: Person, *, on: dt.date) -> Access:
    """One query, whatever the answer."""
    admin = Permission.objects.filter(
        Q(group__user=person) | Q(user=person),
        content_type__app_label="wagtailadmin",
        codename="access_admin",
    )
    sees_all = person.groups.filter(name__in=[Role.TRAINING_ADMIN, Role.AUDITOR])
    facts = (
        Person.objects.filter(pk=person.pk)
        .annotate(
            heads=Exists(Unit.objects.headed_by(person, on=on)),
            sees_all=Exists(sees_all),
            edits=Exists(admin),
        )
        .values_list("heads", "sees_all", "edits")
        .first()
    )
    heads, sees_all_units, edits = facts or (False, False, False)
    return Access(
        reports=person.is_superuser or sees_all_units or heads,
        admin=person.is_superuser or edits,
        heads_unit=heads,
    )
