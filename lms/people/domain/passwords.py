"""One-time passwords for people who cannot sign in yet: shown once, then only hashes are left."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password
from django.db import transaction

from lms.core.models import AuditEntry
from lms.people.models import Person

# Without letters and digits that look alike on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 3, 4
# 59 random bits need no million rounds; the first own password gets the full number.
ROUNDS = 20_000
BATCH = 200


@dataclass(frozen=True, slots=True)
class IssuedPassword:
    person: Person
    password: str


def issue_passwords(
    people: Sequence[Person], *, by: Person | None, at: dt.datetime
) -> list[IssuedPassword]:
    """New passwords, to be changed at the first sign-in. Old ones and open sessions end."""
    issued = []
    for person in people:
        password = _new_password()
        person.password = _hash(password)
        person.must_change_password = True
        issued.append(IssuedPassword(person, password))
    with transaction.atomic():
        Person.objects.bulk_update(people, ["password", "must_change_password"], batch_size=BATCH)
        AuditEntry.objects.bulk_create(
            (
                AuditEntry(
                    at=at,
                    actor_id=by.pk if by else None,
                    action="password.issued",
                    subject_person_id=person.pk,
                    subject=f"people.person:{person.pk}",
                )
                for person in people
            ),
            batch_size=BATCH,
        )
    return issued


def _new_password() -> str:
    return "-".join(
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)
    )


def _hash(password: str) -> str:
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), ROUNDS)
    return make_password(password)
