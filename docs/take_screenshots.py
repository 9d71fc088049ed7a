"""Take the README's pictures from the running product: `make screenshots`.

Starts the demo city of its own in a temporary folder, signs in as its published accounts, and
writes docs/screenshots/NAME.png. Needs Chromium; nothing outside this machine is asked.
"""

import datetime as dt
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
PICTURES = HERE / "screenshots"
PASSWORD = "hinata-demo-2026"  # noqa: S105 - published with the demo
SIZE = (1280, 800)
# Flat pages need no more, and the repository keeps every picture for ever.
COLOURS = 128


@dataclass(frozen=True)
class Picture:
    """One page as one account sees it."""

    name: str
    account: str
    path: str


TODAY = dt.date.today()  # noqa: DTZ011 - the demo runs on this machine's day
FISCAL_YEAR = TODAY.year - (TODAY.month < 4)  # noqa: PLR2004 - it begins in April
PICTURE_LIST = [
    Picture("my-page", "100001", "/"),
    Picture("lesson", "100001", "/courses/security/policy/"),
    Picture("report", "100003", f"/reports/completion/?offering=security-{FISCAL_YEAR}"),
    Picture("search", "100001", "/search/?q=パスワード"),
]


@contextmanager
def product() -> Iterator[str]:
    """The product with its demo, under an address that lasts as long as the block."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
        with subprocess.Popen(  # noqa: S603
            command,
            cwd=HERE.parent,
            env={**os.environ, "LMS_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                for line in process.stdout or ():
                    sys.stdout.write(line)
                    if line.startswith("READY"):
                        break
                else:
                    raise SystemExit("The product did not start.")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.communicate()


def take(browser: Browser, address: str, picture: Picture) -> Path:
    width, height = SIZE
    context = browser.new_context(
        base_url=address,
        locale="ja-JP",
        reduced_motion="reduce",
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("[name=username]", picture.account)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/")
    answer = page.goto(picture.path, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.path} cannot be shown to {picture.account}.")
    target = PICTURES / f"{picture.name}.png"
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(target, optimize=True)
    context.close()
    return target


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Install Chromium first.")
    PICTURES.mkdir(exist_ok=True)
    with product() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for picture in PICTURE_LIST:
            target = take(browser, address, picture)
            sys.stdout.write(f"{target.relative_to(HERE.parent)} {target.stat().st_size:,}\n")
        browser.close()


if __name__ == "__main__":
    main()
