"""docs/interaction.md speaks of everything that changes a page without loading a new one."""

import re

from django.conf import settings

TOLD = (settings.BASE_DIR / "docs" / "interaction.md").read_text(encoding="utf-8")
# Those that make requests; hx-headers on the body makes none.
ASKS = re.compile(r"\bhx-(?:get|post|put|patch|delete|boost|trigger|swap-oob|sse|ws)\b")


def test_every_template_that_asks_for_more_stands_in_the_table() -> None:
    templates = (settings.BASE_DIR / "templates").rglob("*.html")
    asking = {path.name for path in templates if ASKS.search(path.read_text(encoding="utf-8"))}
    assert asking
    assert {name for name in asking if f"`{name}`" not in TOLD} == set()


def test_every_script_stands_in_the_table() -> None:
    scripts = {f"static/js/{path.name}" for path in settings.BASE_DIR.glob("static/js/*.js")}
    assert {name for name in scripts if f"`{name}`" not in TOLD} == set()
