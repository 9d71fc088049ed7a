"""What HR changes by hand, one record at a time: written, audited, and what follows announced."""

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from lms.core import audit, jobs
from lms.core.errors import RuleViolation
from lms.people.models import Appointment, Leave, Person, Posting, Unit

NOT_AUDITED = {"password", "search_key", "last_login", "path", "depth", "numchild"}


def save(record: models.Model, *, by: Person, at: dt.datetime) -> None:
    with transaction.atomic():
        before = _stored_facts(record)
        if isinstance(record, Person):
            record.search_key = record.make_search_key()
            if before is None:
                record.set_unusable_password()
        record.save()
        _tell(record, "added" if before is None else "changed", before, by=by, at=at)


def open_unit(unit: Unit, *, parent: Unit | None, by: Person, at: dt.datetime) -> Unit:
    """Put a unit into the tree, below its parent or at the top."""
    with transaction.atomic():
        if parent:
            Unit.objects.get(pk=parent.pk).add_child(instance=unit)
        else:
            Unit.add_root(instance=unit)
        _tell(unit, "added", None, by=by, at=at)
    return unit


def remove(record: models.Model, *, by: Person, at: dt.datetime) -> None:
    """Delete what was entered by mistake. What something else remembers stays."""
    with transaction.atomic():
        _tell(record, "deleted", _stored_facts(record), by=by, at=at)
        try:
            record.delete()
        except models.ProtectedError as error:
            raise RuleViolation(
                _("Other records remember this one. Enter its last day instead of deleting it.")
            ) from error


def _tell(
    record: models.Model,
    what: str,
    before: dict[str, Any] | None,
    *,
    by: Person,
    at: dt.datetime,
) -> None:
    after = None if what == "deleted" else _facts(record)
    person = record if isinstance(record, Person) else None
    if isinstance(record, Posting | Leave | Appointment):
        person = record.person
    changes = {
        key: [(before or {}).get(key), (after or {}).get(key)]
        for key in {**(before or {}), **(after or {})}
        if (before or {}).get(key) != (after or {}).get(key)
    }
    audit.record(
        f"{record._meta.model_name}.{what}",
        by=by,
        at=at,
        subject=record,
        person=person,
        changes=changes,
    )
    jobs.announce("people.changed", by=by, at=at)


def _stored_facts(record: models.Model) -> dict[str, Any] | None:
    stored = type(record)._default_manager.filter(pk=record.pk).first() if record.pk else None
    return _facts(stored) if stored else None


def _facts(record: models.Model) -> dict[str, Any]:
    facts = {}
    for field in record._meta.concrete_fields:
        if field.name not in NOT_AUDITED:
            value = getattr(record, field.attname)
            facts[field.attname] = value.isoformat() if isinstance(value, dt.date) else value
    return facts
