import datetime as dt
import shutil
import socket

import pytest
from django.conf import settings
from django.utils import timezone

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REDIS = ("127.0.0.1", 6379)


def _answers(address: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


def _on_postgresql() -> bool:
    return "postgresql" in settings.DATABASES["default"]["ENGINE"]


# Marker > why its tests cannot run here; empty when they can.
MISSING = {
    "postgresql": "" if _on_postgresql() else "the tests run on SQLite (set DATABASE_URL)",
    "redis": "" if _answers(REDIS) else "no Redis on 127.0.0.1:6379",
    "browser": "" if CHROMIUM else "no Chromium on this machine",
}

# A Monday in the middle of 令和8年度; tests that do not care about the day use it.
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def today() -> dt.date:
    return TODAY


@pytest.fixture
def now() -> dt.datetime:
    """15:00 on that day, in the office's time zone."""
    return timezone.make_aware(dt.datetime.combine(TODAY, dt.time(15)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, by name, what needs a service or program that this machine does not have."""
    absent = {marker: reason for marker, reason in MISSING.items() if reason}
    for item in items:
        for marker, reason in absent.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"not run: {reason}"))
