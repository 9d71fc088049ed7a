import threading

import pytest
from django.db import connection, transaction

from lms.core.numbering import next_number


@pytest.mark.django_db
def test_each_series_counts_from_one() -> None:
    assert [next_number("R8"), next_number("R8"), next_number("R9")] == [1, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_gives_the_number_back() -> None:
    with transaction.atomic():
        next_number("R8")
        transaction.set_rollback(True)
    with transaction.atomic():
        assert next_number("R8") == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_refuses() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        next_number("R8")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_many_at_once_leave_no_gap_and_no_double() -> None:
    numbers: list[int] = []

    def take() -> None:
        with transaction.atomic():
            numbers.append(next_number("R8"))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 9))
