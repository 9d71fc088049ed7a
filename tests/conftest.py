import datetime as dt

import pytest
from django.utils import timezone

# A Monday in the middle of 令和8年度; tests that do not care about the day use it.
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def today() -> dt.date:
    return TODAY


@pytest.fixture
def now() -> dt.datetime:
    """15:00 on that day, in the office's time zone."""
    return timezone.make_aware(dt.datetime.combine(TODAY, dt.time(15)))
