import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.conftest import TODAY


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Counted wrong passwords are no business of the next test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def on_today(time_machine):
    """The clock of the entry points stands at 15:00 of the tests' day."""
    time_machine.move_to(timezone.make_aware(dt.datetime.combine(TODAY, dt.time(15))), tick=False)
    return TODAY
