"""That somebody read another's personal data is itself a fact to keep, and to show them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from lms.core import audit
from lms.core.models import AuditEntry
from lms.people.models import Person


def record_reading(
    record: models.Model, *, of: Person, by: Any, at: dt.datetime, action: str = "person.read"
) -> None:
    """One line for each look; none for looking at oneself. A GET may write this alone."""
    if by != of:
        audit.record(action, by=by, at=at, subject=record, person=of)


def record_list_read(
    listed: str,
    people: Iterable[Person],
    *,
    by: Any,
    at: dt.datetime,
    subject: models.Model | None = None,
    **detail: Any,
) -> None:
    """One line for each look at a list of people, with everybody on it but whoever looked.

    ``listed`` is the model or the page that was listed, such as "people.leave".
    """
    others = {person.pk for person in people} - {by.pk}
    if not others:
        return
    with transaction.atomic():
        entry = audit.record(
            "people.listed",
            by=by,
            at=at,
            subject=subject,
            listed=listed,
            people=len(others),
            **detail,
        )
        listing = AuditEntry.people_shown.through
        listing.objects.bulk_create(
            listing(auditentry_id=entry.pk, person_id=key) for key in sorted(others)
        )
