"""The web server and the background worker as one: they start together and end together."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

GRACE_SECONDS = 8.0
SECONDS_TO_GET_READY = 120.0
LOOK_EVERY_SECONDS = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Becomes the command after asking the kernel for SIGTERM when the supervisor is killed outright.
LEASH = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); "
    "os.getppid() == int(sys.argv[1]) and os.execv(sys.argv[2], sys.argv[2:])"
)


def web_command(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "lms.wsgi"),
        *("--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
        *("--timeout", "120", "--graceful-timeout", "5"),
        *("--preload", "--no-control-socket", "--log-level", "warning"),
    ]


def worker_command() -> list[str]:
    return [
        # In a container there is often only root, and a page of warnings helps nobody there.
        *(sys.executable, "-W", "ignore:You're running the worker with superuser privileges"),
        *("-m", "celery", "--quiet", "--app", "lms", "worker"),
        *("--beat", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"),
        *("--without-mingle", "--without-gossip", "--without-heartbeat"),
    ]


def leashed(command: Sequence[str]) -> list[str]:
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-c", LEASH, str(os.getpid()), *command]


class Supervisor:
    """Starts the first command, the others when it answers, and ends them all when one ends."""

    def __init__(
        self, *, commands: dict[str, Sequence[str]], health_url: str, host: str, folder: Path
    ) -> None:
        self.commands = commands
        self.health_url = health_url
        self.host = host
        self.folder = folder
        self.children: dict[str, subprocess.Popen[str]] = {}
        self.readers: list[threading.Thread] = []
        self.asked_to_end = False

    def run(self, on_ready: Callable[[], None]) -> int:
        """Serve until a signal (0) or until a part ends by itself (1)."""
        before = {number: signal.signal(number, self._remember) for number in SIGNALS}
        try:
            (first, command), *others = self.commands.items()
            self._start(first, command)
            if self._wait_until_ready():
                # One after the other: together they would only slow each other down.
                for name, command in others:
                    self._start(name, command)
                on_ready()
            elif not self.asked_to_end and not self._ended():
                print(f"{self.health_url} does not answer; everything ends.", flush=True)  # noqa: T201
                return 1
            while not self.asked_to_end and not self._ended():
                time.sleep(LOOK_EVERY_SECONDS)
            for name in self._ended():
                code = self.children[name].returncode
                print(f"{name} ended by itself ({code}); everything ends.", flush=True)  # noqa: T201
            return 0 if self.asked_to_end else 1
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _remember(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_end = True

    def _start(self, name: str, command: Sequence[str]) -> None:
        child = subprocess.Popen(  # noqa: S603 - our own commands
            leashed(command),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.children[name] = child
        if child.stdout is not None:
            reader = threading.Thread(target=_echo, args=(name, child.stdout), daemon=True)
            reader.start()
            self.readers.append(reader)

    def _ended(self) -> list[str]:
        return [name for name, child in self.children.items() if child.poll() is not None]

    def _wait_until_ready(self) -> bool:
        until = time.monotonic() + SECONDS_TO_GET_READY
        while time.monotonic() < until and not self.asked_to_end and not self._ended():
            if self._answers():
                return True
            time.sleep(LOOK_EVERY_SECONDS)
        return False

    def _answers(self) -> bool:
        request = urllib.request.Request(self.health_url, headers={"Host": self.host})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _end_all(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        until = time.monotonic() + GRACE_SECONDS
        for child in self.children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, until - time.monotonic()))
        for child in self.children.values():
            # What is left of its group: a part that would not end, or children it left behind.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for reader in self.readers:
            reader.join(timeout=2)


def _echo(name: str, lines: IO[str]) -> None:
    with suppress(ValueError):
        for line in lines:
            sys.stdout.write(f"{name:6} | {line}")
            sys.stdout.flush()
