"""What ``make run`` does before and while it serves: one folder of data, ready to use."""

import fcntl
import hashlib
import json
import os
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext

from lms.core.models import AuditEntry
from lms.demo.accounts import DEMO_ACCOUNTS, PASSWORD
from lms.people.models import Person

DEMO, EMPTY = "demo", "empty"
DEMO_LOADED = "demo.loaded"
PREPARE_FONTS = (
    "import django; django.setup(); from lms.core.fonts import prepare_fonts; prepare_fonts()"
)
COLLECT_STATIC = (
    "import django; django.setup(); from django.core.management import call_command; "
    "call_command('collectstatic', interactive=False, verbosity=0)"
)


class CannotStart(Exception):  # noqa: N818 - a sentence for whoever starts it
    pass


# The folder ------------------------------------------------------------------------------------


@contextmanager
def folder_in_use() -> Iterator[None]:
    """Only one quickstart works on a folder; the lock ends with the process, however it ends."""
    path = settings.DATA_DIR / "quickstart.lock"
    with path.open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise CannotStart(
                gettext(
                    "The product already runs on the data in %(folder)s. End that one first, or "
                    "name another folder in LMS_DATA_DIR."
                )
                % {"folder": settings.DATA_DIR}
            ) from taken
        yield


def refuse_taken_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as taken:
            raise CannotStart(
                gettext(
                    "Port %(port)s is not free. End the program that uses it, or choose another "
                    "port: make run PORT=%(other)s"
                )
                % {"port": port, "other": port + 1 if port < 65535 else 8000}
            ) from taken


def _marker() -> Path:
    return Path(settings.DATA_DIR / "quickstart.json")


def kept_mode() -> str | None:
    """What this folder began as, demo or empty; None while nobody has said."""
    try:
        return str(json.loads(_marker().read_text(encoding="utf-8"))["mode"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def refuse_other_mode(wanted: str) -> None:
    """Demo accounts have a published password: they never come to a folder that began empty."""
    kept = kept_mode()
    if kept == wanted or kept is None:
        return
    if kept == DEMO:
        sentence = gettext(
            "%(folder)s holds the demo. For an empty start name another folder: "
            "make run DEMO=0 LMS_DATA_DIR=..."
        )
    else:
        sentence = gettext(
            "%(folder)s was started without the demo and stays without it. Start it with "
            "make run DEMO=0, or name another folder for the demo: make run LMS_DATA_DIR=..."
        )
    raise CannotStart(sentence % {"folder": settings.DATA_DIR})


def refuse_real_people() -> None:
    """Called before the demo is loaded for the first time."""
    if Person.objects.exists():
        raise CannotStart(
            gettext(
                "The database already has people in it, so the demo is not loaded there. Start "
                "it with make run DEMO=0, or name another folder: make run LMS_DATA_DIR=..."
            )
        )


def loaded_with() -> int | None:
    """How many people the demo was loaded with; None while there is no demo."""
    entry = AuditEntry.objects.filter(action=DEMO_LOADED).first()
    return int(entry.detail["people"]) if entry else None


def keep_mode(mode: str) -> None:
    _write(_marker(), json.dumps({"mode": mode}))


def make_folders() -> None:
    for folder in (
        settings.QUEUE_DIR,
        settings.QUEUE_DIR / "control",
        settings.MEDIA_ROOT,
        settings.PRIVATE_ROOT,
    ):
        Path(folder).mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    """The whole file or the one before: never half of it."""
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    draft.replace(path)


# What takes long, once --------------------------------------------------------------------------


class Background:
    """Work in a process of its own while the demo is loaded."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait(self) -> None:
        output, _nothing = self.process.communicate()
        if self.process.returncode:
            raise CannotStart(output.strip())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Stamp:
    """Says whether something was already done with exactly these files."""

    def __init__(self, name: str, files: Iterable[Path]) -> None:
        lines = []
        for path in files:
            facts = path.stat()
            lines.append(f"{path} {facts.st_size} {facts.st_mtime_ns}")
        self.fingerprint = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        self.path = settings.DATA_DIR / f"{name}.stamp"

    @property
    def is_current(self) -> bool:
        return self.path.exists() and self.path.read_text(encoding="ascii") == self.fingerprint

    def renew(self) -> None:
        _write(self.path, self.fingerprint)


def static_stamp() -> Stamp:
    return Stamp(
        "static",
        (Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])),
    )


def database_stamp() -> Stamp:
    """Changes with the product: the tables, and the groups and pages that it brings along."""
    base = Path(settings.BASE_DIR)
    programs = [
        path
        for app in ("lms", "courses", "quizzes", "ideas", "network_leaders")
        for path in (base / app).rglob("*.py")
    ]
    return Stamp("database", [*programs, base / "requirements.txt"])


def has_unapplied_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def fonts_are_ready() -> bool:
    return len(list(Path(settings.FONTS_DIR).glob("*.ttf"))) >= 2


# What is told -----------------------------------------------------------------------------------


def write_accounts() -> None:
    """For the sign-in page, which shows it in demo mode."""
    accounts = [
        {
            "role": account.label,
            "employee_number": account.employee_number,
            "password": PASSWORD,
            "name": account.name,
        }
        for account in DEMO_ACCOUNTS
    ]
    _write(settings.DATA_DIR / "demo_accounts.json", json.dumps(accounts, ensure_ascii=False))


def account_table() -> str:
    rows: list[Sequence[str]] = [
        (gettext("Kind of user"), gettext("Employee number"), gettext("Password"), gettext("Name"))
    ]
    rows += [
        (account.label, account.employee_number, PASSWORD, account.name.replace("　", " "))
        for account in DEMO_ACCOUNTS
    ]
    widths = [max(_columns(row[place]) for row in rows) for place in range(3)]
    return "\n".join(
        "  "
        + "  ".join(
            text + " " * (width - _columns(text))
            for text, width in zip(row[:3], widths, strict=True)
        )
        + f"  {row[3]}"
        for row in rows
    )


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes: Japanese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
