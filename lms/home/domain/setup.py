"""How the first administrator gets in: by a link that works once, for a day."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext

from lms.core import audit
from lms.core.errors import RuleViolation
from lms.home.models import SetupLink
from lms.people.models import Person

LIFETIME = dt.timedelta(hours=24)


def has_administrator() -> bool:
    return Person.objects.filter(is_superuser=True, is_active=True).exists()


def create_setup_link(at: dt.datetime) -> str:
    """The path of a new link (/account/setup/.../). Links made before it stop working.

    Raises RuleViolation when there is an administrator already.
    """
    if has_administrator():
        raise RuleViolation(gettext("There is an administrator already. Sign in as that person."))
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        SetupLink.objects.filter(used_at=None).delete()
        SetupLink.objects.create(token_hash=_hash(token), created_at=at, expires_at=at + LIFETIME)
    return reverse("setup", args=[token])


def is_usable(token: str, *, at: dt.datetime) -> bool:
    return _usable(token, at=at) is not None and not has_administrator()


def create_first_administrator(
    token: str, *, employee_number: str, name: str, password: str, at: dt.datetime
) -> Person:
    """Make the administrator and use the link up, both or neither."""
    with transaction.atomic():
        link = _usable(token, at=at, lock=True)
        if link is None or has_administrator():
            raise RuleViolation(gettext("This link no longer works."))
        link.used_at = at
        link.save(update_fields=["used_at"])
        person: Person = Person.objects.create_superuser(employee_number, name, password)
        audit.record("administrator.created", by=person, at=at, person=person)
        return person


def _usable(token: str, *, at: dt.datetime, lock: bool = False) -> SetupLink | None:
    links = SetupLink.objects.select_for_update() if lock else SetupLink.objects.all()
    return links.filter(token_hash=_hash(token), used_at=None, expires_at__gt=at).first()


def _hash(token: str) -> str:
    # A token of 256 random bits needs no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
