"""That somebody read personal data is itself a fact to keep.

This is the one thing that a GET may write: product.md asks for every read of somebody else's data
by HR in the audit log, and a read is a GET. It changes nothing that anybody else sees, and doing
it twice tells the truth: it was read twice.
"""

import datetime as dt
from typing import Any

from courses.models import Offering
from lms.core import audit
from lms.people.models import Person

SCREEN = "screen"


def record_names_read(
    offering: Offering,
    *,
    by: Person | None,
    at: dt.datetime,
    on: dt.date,
    people: int,
    medium: str,
    paths: tuple[str, ...] | None,
    **conditions: Any,
) -> None:
    """Names with a status were shown or taken out: one line with how many and which.

    ``paths`` are the places in the tree of units that the list covered; None is the whole office.
    """
    audit.record(
        "reports.completion_names_read",
        by=by,
        at=at,
        subject=offering,
        on=on.isoformat(),
        people=people,
        medium=medium,
        paths=paths,
        **conditions,
    )
