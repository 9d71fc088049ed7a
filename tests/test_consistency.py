"""Promises about the source itself: everything translated, nothing unused, nothing left over."""

import ast
import gettext
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
SOURCES = ["lms", "courses", "quizzes", "network_leaders", "ideas"]
CATALOGUES = sorted((ROOT / "locale").rglob("*.po"))
MESSAGE_CALLS = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 1,
    "ngettext_lazy": 1,
    "pgettext": 2,
    "pgettext_lazy": 2,
    "npgettext": 2,
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")


def python_files() -> Iterator[Path]:
    for source in SOURCES:
        yield from (ROOT / source).rglob("*.py")


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html")) + sorted(
        (ROOT / "templates").rglob("*.txt")
    )


def messages_in(code: str) -> Iterator[tuple[str | None, str]]:
    """Every (context, message) that this Python code asks gettext for."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else name
        wanted = MESSAGE_CALLS.get(name or "")
        if not wanted or len(node.args) < wanted:
            continue
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if len(texts) >= wanted and all(isinstance(text, str) for text in texts[:wanted]):
            yield (texts[0], texts[1]) if wanted == 2 else (None, texts[0])


def messages_in_template(path: Path) -> Iterator[tuple[str | None, str]]:
    # templatize() leaves gettext calls between rows of filler, and %% for a plain percent sign.
    calls = re.findall(
        r"""(?:_|n?p?gettext)\((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|,\s*|count)*\)""",
        templatize(path.read_text(encoding="utf-8"), origin=str(path)),
    )
    for call in calls:
        yield from messages_in(call)


@pytest.fixture(scope="module")
def japanese() -> set[tuple[str | None, str]]:
    catalogue = polib.pofile(str(ROOT / "locale/ja/LC_MESSAGES/django.po"))
    return {(entry.msgctxt, entry.msgid) for entry in catalogue.translated_entries()}


def test_every_text_of_the_code_is_translated(japanese: set[tuple[str | None, str]]) -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {message[1]!r}"
        for path in python_files()
        for message in messages_in(path.read_text(encoding="utf-8"))
        if message not in japanese
    }
    assert not missing


def test_every_text_of_the_templates_is_translated(
    japanese: set[tuple[str | None, str]],
) -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {message[1]!r}"
        for path in templates()
        for message in messages_in_template(path)
        if message not in japanese
    }
    assert not missing


def test_no_japanese_stands_in_a_template_untranslatable() -> None:
    """A sentence written in Japanese in a template cannot be read in English."""
    kana = re.compile("[\u3040-\u30ff]{2,}")
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in templates()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if kana.search(line) and "lang=" not in line
    }
    assert not found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_compiled_catalogue_says_what_its_source_says(path: Path) -> None:
    source = polib.pofile(str(path))
    with path.with_suffix(".mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)
    stale = [
        entry.msgid
        for entry in source.translated_entries()
        if not entry.msgid_plural
        and (
            catalogue.pgettext(entry.msgctxt, entry.msgid)
            if entry.msgctxt
            else catalogue.gettext(entry.msgid)
        )
        != entry.msgstr
    ]
    assert not stale


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_translation_keeps_every_placeholder(path: Path) -> None:
    broken = [
        entry.msgid
        for entry in polib.pofile(str(path)).translated_entries()
        if not entry.msgid_plural
        and set(PLACEHOLDER.findall(entry.msgid)) != set(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert not broken


@pytest.mark.django_db
def test_the_migrations_are_those_of_the_models() -> None:
    output = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=output)
    assert "No changes" in output.getvalue()


def test_every_template_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*python_files(), *templates()])
    by_convention = re.compile(r"^(400|403|404|500|503|403_csrf)\.html$|^wagtail")
    unused = [
        name
        for path in templates()
        if not by_convention.match(name := str(path.relative_to(ROOT / "templates")))
        and name not in code
    ]
    assert not unused


def test_no_page_asks_another_host_for_anything() -> None:
    outside = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["'(]?\s*(?:https?:)?//""")
    assets = [*templates(), *(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in assets
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if outside.search(line)
    }
    assert not found


def test_no_template_carries_script_or_style_of_its_own() -> None:
    """A strict Content-Security-Policy refuses them."""
    inline = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.I)
    for_paper = ROOT / "templates" / "pdf"
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in templates()
        if for_paper not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if inline.search(line)
    }
    assert not found


def test_rules_know_no_request_no_form_and_no_clock() -> None:
    """What domain/ needs it is told: `on`, `at`, `by`. import-linter cannot see inside Django."""
    forbidden = re.compile(
        r"^\s*(?:from|import) django\.(?:http|forms|shortcuts|contrib\.messages)\b"
        r"|\btimezone\.now\(|\blocaldate\(\)|\btoday\(\)|\bdate\.today\(|\bdatetime\.now\(",
        re.MULTILINE,
    )
    found = {
        f"{path.relative_to(ROOT)}: {hit[0].strip()}"
        for path in python_files()
        if "domain" in path.parts
        for hit in forbidden.finditer(path.read_text(encoding="utf-8"))
    }
    assert not found
