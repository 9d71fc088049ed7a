from django.db import connection

from lms.core.models import Counter


def next_number(series: str) -> int:
    """The next number of a series, from 1, without gaps.

    Call it in the transaction that uses the number, so that a rollback gives it back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_number() belongs in the transaction that uses the number")
    Counter.objects.get_or_create(series=series)
    counter = Counter.objects.select_for_update().get(series=series)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last
