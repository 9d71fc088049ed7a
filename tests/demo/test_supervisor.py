import os
import signal
import sqlite3
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.demo.conftest import Served, processes_of, wait_until_nothing_runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SECONDS_FOR_A_JOB = 60


def enqueue(folder: Path) -> int:
    """Work as another process leaves it: a row, and no message."""
    with closing(sqlite3.connect(folder / "lms.sqlite3", timeout=30)) as database:
        cursor = database.execute(
            "INSERT INTO core_job (function, arguments, created_at, done, total, result, error)"
            " VALUES ('courses.tasks.sync_enrolments', '{}', '2026-01-01', 0, 0, '{}', '')"
        )
        database.commit()
        return int(cursor.lastrowid or 0)


def finished(folder: Path, job: int) -> bool:
    with closing(sqlite3.connect(folder / "lms.sqlite3", timeout=30)) as database:
        row = database.execute("SELECT finished_at, error FROM core_job WHERE id = ?", (job,))
        finished_at, error = row.fetchone()
    assert error == ""
    return finished_at is not None


def test_it_serves_works_and_ends_as_one(folder: Path) -> None:
    served = Served(folder, "--empty")
    served.wait_until_ready()
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/healthz", timeout=20) as answer:
        assert answer.status == 200
    job = enqueue(folder)
    until = time.monotonic() + SECONDS_FOR_A_JOB
    while not finished(folder, job):
        assert time.monotonic() < until, served.output
        time.sleep(0.2)

    served.process.send_signal(signal.SIGINT)
    assert served.wait() == 0, served.output
    wait_until_nothing_runs(folder, 5)

    again = Served(folder, "--empty")
    again.wait_until_ready()
    assert finished(folder, job)
    os.kill(again.pid("celery.*worker"), signal.SIGKILL)
    assert again.wait() == 1, again.output
    assert "worker" in again.output
    wait_until_nothing_runs(folder, 5)


def test_without_its_web_server_it_ends(folder: Path) -> None:
    served = Served(folder, "--empty")
    served.wait_until_ready()
    os.kill(served.pid("gunicorn"), signal.SIGKILL)
    assert served.wait() == 1, served.output
    wait_until_nothing_runs(folder, 5)


def test_killed_outright_it_leaves_no_orphans(folder: Path) -> None:
    served = Served(folder, "--empty")
    served.wait_until_ready()
    assert len(processes_of(folder)) >= 4
    os.kill(served.process.pid, signal.SIGKILL)
    served.wait()
    wait_until_nothing_runs(folder)
