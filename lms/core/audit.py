import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models

from lms.core.models import AuditEntry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def record(
    action: str,
    *,
    by: "AbstractBaseUser | None",
    at: dt.datetime,
    subject: models.Model | None = None,
    person: "AbstractBaseUser | None" = None,
    **detail: Any,
) -> AuditEntry:
    """Write one line of the audit log, in the transaction of what it tells.

    ``by`` is None for what the system did itself. ``person`` is whose personal data it concerns.
    ``detail`` must be JSON.
    """
    return AuditEntry.objects.create(
        at=at,
        actor_id=by.pk if by else None,
        action=action,
        subject_person_id=person.pk if person else None,
        subject=f"{subject._meta.label_lower}:{subject.pk}" if subject else "",
        detail=detail,
    )
