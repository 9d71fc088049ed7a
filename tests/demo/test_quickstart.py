import fcntl
import json
import re
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lms.demo import quickstart
from lms.demo.accounts import DEMO_ACCOUNTS, PASSWORD
from tests.demo.conftest import run_quickstart
from tests.factories.people import PersonFactory


def contents(folder: Path) -> dict[str, tuple[int, int | None]]:
    """How many rows each table has, and the number of the last one."""
    with closing(sqlite3.connect(folder / "lms.sqlite3")) as database:
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("sqlite_", "wagtailsearch_"))
        ]
        return {
            name: database.execute(f'SELECT COUNT(*), MAX(rowid) FROM "{name}"').fetchone()  # noqa: S608
            for name in names
        }


def test_a_second_start_changes_nothing(undecided_folder: Path) -> None:
    first = run_quickstart(undecided_folder, "--people", "50", "--no-serve")
    assert first.returncode == 0, first.stdout + first.stderr
    with closing(sqlite3.connect(undecided_folder / "lms.sqlite3")) as database:
        database.execute("UPDATE people_person SET email = 'new@example.jp'")
        database.commit()
    before = contents(undecided_folder)
    assert before["people_person"][0] > 50
    assert before["courses_certificate"][0] > 50

    second = run_quickstart(undecided_folder, "--people", "80", "--no-serve")
    assert second.returncode == 0, second.stdout + second.stderr
    assert contents(undecided_folder) == before
    with closing(sqlite3.connect(undecided_folder / "lms.sqlite3")) as database:
        addresses = database.execute("SELECT DISTINCT email FROM people_person").fetchall()
    assert addresses == [("new@example.jp",)]
    assert_accounts_are_told(undecided_folder, second.stdout)
    assert_it_stays_a_demo(undecided_folder, before)


def assert_accounts_are_told(folder: Path, output: str) -> None:
    path = folder / "demo_accounts.json"
    assert path.stat().st_mode & 0o777 == 0o600
    told = json.loads(path.read_text(encoding="utf-8"))
    assert [account["employee_number"] for account in told] == [
        account.employee_number for account in DEMO_ACCOUNTS
    ]
    for account in told:
        assert set(account) == {"role", "employee_number", "password", "name"}
        assert re.search(f"{account['employee_number']} +{PASSWORD} ", output)
        assert account["role"] in output


def assert_it_stays_a_demo(folder: Path, before: dict[str, tuple[int, int | None]]) -> None:
    refused = run_quickstart(folder, "--empty", "--no-serve")
    assert refused.returncode == 1
    assert "LMS_DATA_DIR" in refused.stderr
    assert contents(folder) == before


def test_an_empty_start_has_nobody_and_prints_a_new_link_each_time(folder: Path) -> None:
    assert contents(folder)["people_person"][0] == 0
    links = set()
    for _start in range(2):
        done = run_quickstart(folder, "--empty", "--no-serve", "--port", "8123")
        assert done.returncode == 0, done.stderr
        links.update(re.findall(r"http://127\.0\.0\.1:8123/account/setup/\S+", done.stdout))
    assert len(links) == 2
    assert contents(folder)["people_person"][0] == 0
    assert not (folder / "demo_accounts.json").exists()


def test_a_folder_that_began_empty_never_gets_the_demo(folder: Path) -> None:
    refused = run_quickstart(folder, "--no-serve")
    assert refused.returncode == 1
    assert "DEMO=0" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert contents(folder)["people_person"][0] == 0


@pytest.mark.django_db
def test_a_database_with_people_never_gets_the_demo() -> None:
    quickstart.refuse_real_people()
    PersonFactory()
    with pytest.raises(quickstart.CannotStart, match="DEMO=0"):
        quickstart.refuse_real_people()


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        refused = run_quickstart(tmp_path, "--port", str(port))
    assert refused.returncode == 1
    assert str(port) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "lms.sqlite3").exists()


def test_two_at_a_time_on_one_folder_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "quickstart.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused = run_quickstart(tmp_path, "--no-serve")
    assert refused.returncode == 1
    assert str(tmp_path) in refused.stderr
    assert not (tmp_path / "lms.sqlite3").exists()


@pytest.mark.parametrize("options", [("--people", "49"), ("--port", "0"), ("--port", "65536")])
def test_impossible_numbers_are_refused(options: tuple[str, str], tmp_path: Path) -> None:
    refused = run_quickstart(tmp_path, "--no-serve", *options)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "lms.sqlite3").exists()


def test_files_that_change_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "page.css"
    file.write_text("a {}")
    stamp = quickstart.Stamp("test-of-stamps", [file])
    assert not stamp.is_current
    stamp.renew()
    assert quickstart.Stamp("test-of-stamps", [file]).is_current
    file.write_text("a { color: red }")
    assert not quickstart.Stamp("test-of-stamps", [file]).is_current
