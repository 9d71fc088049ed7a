"""That somebody read another's personal data is itself a fact to keep, and to show them."""

import datetime as dt
from typing import Any

from django.db import models

from lms.core import audit
from lms.people.models import Person


def record_reading(
    record: models.Model, *, of: Person, by: Any, at: dt.datetime, action: str = "person.read"
) -> None:
    """One line for each look; none for looking at oneself. A GET may write this alone."""
    if by != of:
        audit.record(action, by=by, at=at, subject=record, person=of)
