import datetime as dt

from django.db import transaction

from lms.core import audit
from lms.people.enums import TextSize
from lms.people.models import Person


def change_password(person: Person, *, new: str, at: dt.datetime) -> None:
    """Give oneself a new password; whoever was made to choose one has then done so."""
    with transaction.atomic():
        person.set_password(new)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        audit.record("password.changed", by=person, at=at, person=person)


def choose_text_size(person: Person, size: TextSize) -> None:
    person.text_size = size
    person.save(update_fields=["text_size"])


def choose_language(person: Person, code: str) -> None:
    person.language = code
    person.save(update_fields=["language"])


def record_failed_sign_in(*, employee_number: str, address: str, at: dt.datetime) -> None:
    """A number that nobody has is not kept: it may be a password typed into the wrong field."""
    person = Person.objects.filter(employee_number=employee_number).first()
    audit.record("sign_in.failed", by=None, at=at, person=person, address=address)
