import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOUND = {
    "SECRET_KEY": "0123456789" * 6,
    "ALLOWED_HOSTS": "lms.example.jp",
    "SITE_URL": "https://lms.example.jp",
    "DATABASE_URL": "postgres://lms@127.0.0.1:5432/lms",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "CACHE_URL": "redis://127.0.0.1:6379/1",
    "EMAIL_URL": "smtp://127.0.0.1:25",
}


def start(tmp_path: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process of their own; None removes a variable."""
    environment = {"PATH": os.environ["PATH"], "LMS_DATA_DIR": str(tmp_path)} | SOUND
    for name, value in changes.items():
        if value is None:
            environment.pop(name)
        else:
            environment[name] = value
    return subprocess.run(
        [sys.executable, "-c", "import lms.settings.production"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_when_everything_is_set(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0


def test_production_names_every_missing_setting_at_once(tmp_path: Path) -> None:
    nothing = start(tmp_path, LMS_DATA_DIR=None, **dict.fromkeys(SOUND))
    assert nothing.returncode != 0
    for name in [*SOUND, "LMS_DATA_DIR"]:
        assert f"- {name}: " in nothing.stderr


@pytest.mark.parametrize(
    ("name", "unsafe"),
    [
        ("SECRET_KEY", "short"),
        ("ALLOWED_HOSTS", "*"),
        ("SITE_URL", "http://lms.example.jp"),
        ("DATABASE_URL", "sqlite:///lms.sqlite3"),
        ("CELERY_BROKER_URL", "filesystem://"),
        ("EMAIL_URL", "consolemail://"),
        ("LMS_DEMO", "1"),
    ],
)
def test_production_refuses_what_is_unsafe_and_says_which(
    tmp_path: Path, name: str, unsafe: str
) -> None:
    refused = start(tmp_path, **{name: unsafe})
    assert refused.returncode != 0
    assert f"- {name}: " in refused.stderr
    assert refused.stderr.count("\n- ") == 1
