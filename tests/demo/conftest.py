import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Other work on the same machine may slow everything down.
PATIENCE_SECONDS = 240


def environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "LMS_DEMO", "SITE_URL", "ALLOWED_HOSTS")
    }
    return kept | {"LMS_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "lms.settings.base"}


def command(*options: str) -> list[str]:
    return [sys.executable, "manage.py", "quickstart", *options]


def run_quickstart(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*options),
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def processes_of(folder: Path) -> dict[int, str]:
    """Every process that works on the folder, by what /proc says of its environment."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if f"LMS_DATA_DIR={folder}".encode() in variables and line:
            found[int(entry.name)] = line
    return found


class Served:
    """A quickstart that serves, as a person at a terminal has it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder.with_suffix(f".{self.port}.log")
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                command("--port", str(self.port), *options),
                cwd=ROOT,
                env=environment(folder),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while "READY" not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < until, self.output
            time.sleep(0.2)

    def pid(self, pattern: str) -> int:
        return min(
            pid for pid, line in processes_of(self.folder).items() if re.search(pattern, line)
        )

    def wait(self, seconds: float = 60) -> int:
        return self.process.wait(timeout=seconds)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.wait()


def wait_until_nothing_runs(folder: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while left := processes_of(folder):
        assert time.monotonic() < until, left
        time.sleep(0.2)


@pytest.fixture(scope="package")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after ``quickstart --empty --no-serve``. Copy it to change it."""
    folder = tmp_path_factory.mktemp("empty") / "var"
    folder.mkdir()
    # Their making is tested with the documents that need them, and takes long.
    (folder / "fonts").mkdir()
    for name in ("one.ttf", "two.ttf"):
        (folder / "fonts" / name).touch()
    done = run_quickstart(folder, "--empty", "--no-serve")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def folder(empty_folder: Path, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "var"
    shutil.copytree(empty_folder, copy)
    yield copy
    for pid in processes_of(copy):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def undecided_folder(folder: Path) -> Path:
    """Tables, but nobody has said yet whether it is for the demo."""
    (folder / "quickstart.json").unlink()
    return folder
