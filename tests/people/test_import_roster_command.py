"""The command as a process of its own, on a database file of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from lms.core.models import Job
from lms.people.models import Person, Posting
from tests.factories.people import PersonFactory, PostingFactory, make_unit

HEADING = "職員番号,氏名,所属,発令日\n"


def run(capsys: Any, *arguments: str) -> tuple[int, dict[str, Any]]:
    status = 0
    try:
        call_command("import_roster", *arguments, "--format", "json")
    except SystemExit as end:
        status = int(str(end.code))
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.django_db(transaction=True)
def test_the_command_says_in_json_what_it_did(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(HEADING + "0001,髙﨑　花,総務部/総務課,\n", encoding="cp932", errors="strict")
    status, said = run(capsys, str(path), "--as-of", "2026-04-01", "--dry-run")
    assert (status, said["joined"], said["applied"]) == (0, 1, False)
    assert not Person.objects.exists()
    status, said = run(capsys, str(path), "--as-of", "2026-04-01")
    assert (status, said["joined"], said["applied"]) == (0, 1, True)
    assert not Job.objects.unfinished().exists()
    path.write_text(HEADING + ",甲,総務課,\n2,乙,,\n")
    status, said = run(capsys, str(path))
    assert (status, said["applied"]) == (1, False)
    assert [(error["row"], error["column"]) for error in said["errors"]] == [
        (2, "職員番号"),
        (3, "所属"),
    ]
    status, said = run(capsys, str(tmp_path / "none.csv"))
    assert (status, len(said["errors"])) == (1, 1)
    status, said = run(capsys, str(path), "--map", "nowhere")
    assert (status, len(said["errors"])) == (1, 1)


@pytest.mark.django_db
def test_the_command_says_in_words_what_it_would_do(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(HEADING + "".join(f"{n},職員{n},総務課,\n" for n in range(25)))
    call_command("import_roster", str(path), "--dry-run")
    said = capsys.readouterr().out
    assert "採用・転入：25人" in said
    assert "ほか5人" in said
    assert "何も書き込んでいません" in said


def manage(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_being_written(database: Path) -> bool:
    """Whether somebody is inside a transaction that writes."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def test_killed_in_the_middle_and_run_again_is_one_clean_run(tmp_path: Path) -> None:
    database = tmp_path / "lms.sqlite3"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        "LMS_DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{database}",
    }
    migrated = manage(["migrate", "--verbosity", "0"], environment)
    errors = migrated.communicate(timeout=300)[1]
    assert migrated.returncode == 0, errors
    roster = tmp_path / "roster.csv"
    roster.write_text(HEADING + "".join(f"{n:05},職員{n},部{n % 9}/課{n},\n" for n in range(3_000)))
    victim = manage(["import_roster", str(roster)], environment)
    deadline = time.monotonic() + 120
    while not is_being_written(database) and time.monotonic() < deadline:
        time.sleep(0.005)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL
    again = manage(["import_roster", str(roster), "--format", "json"], environment)
    out, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    said = json.loads(out)
    assert (said["joined"], said["unchanged"], said["applied"]) == (3_000, 0, True)
    third = manage(["import_roster", str(roster), "--format", "json"], environment)
    said = json.loads(third.communicate(timeout=300)[0])
    assert (said["joined"], said["unchanged"]) == (0, 3_000)


@pytest.mark.django_db
def test_passwords_are_written_to_a_file_of_their_owner(tmp_path: Path, capsys: Any) -> None:
    unit = make_unit("総務課")
    person = PersonFactory(employee_number="000123")
    Person.objects.update(password="!unusable")
    PostingFactory(person=person, unit=unit)
    output = tmp_path / "passwords.csv"
    call_command("issue_passwords", "--unit", "総務課", "--output", str(output))
    said = capsys.readouterr().out
    assert output.stat().st_mode & 0o077 == 0
    password = output.read_text(encoding="utf-8-sig").splitlines()[1].split(",")[3]
    assert password not in said
    person.refresh_from_db()
    assert person.check_password(password)
    assert person.must_change_password
    assert Posting.objects.count() == 1
