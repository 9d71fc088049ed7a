"""PDF documents from Django templates: Japanese drawn right, or not at all.

A template extends ``pdf/base.html``. The conversion runs one document at a time in a process
(xhtml2pdf takes a lock, because the font registry below it is global), so threads may call this
freely; long documents belong in a job.
"""

import datetime as dt
import io
import re
import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import ngettext
from reportlab import rl_config
from reportlab.pdfbase import ttfonts
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.document import pisaDocument

from lms.core.errors import RuleViolation
from lms.core.fonts import FAMILY, drawable_characters, prepare_fonts
from lms.core.text import VARIATION_SELECTORS

# Documents carry the date of what they tell instead of the clock's: the same facts make the same
# bytes. This is the date that reportlab writes in this mode; it has the width of every other.
rl_config.invariant = 1
INVARIANT_DATE = b"(D:20000101000000+00'00')"
# The name under which xhtml2pdf registers the regular face. Every page starts with it instead of
# with Helvetica, which no document embeds.
rl_config.canvas_basefontname = f"{FAMILY.lower()}_00"
CMAP_BLOCK = 100


def _to_unicode_cmap(font_name: str, subset: list[int]) -> str:
    """What each code of an embedded subset reads as. reportlab's own cuts characters beyond U+FFFF
    (𠮷) short, and whoever searched, copied or listened to the document got another character.
    """
    pairs = [
        f"<{code:02X}> <{chr(character).encode('utf-16-be').hex().upper()}>"
        for code, character in enumerate(subset)
    ]
    blocks = [pairs[start : start + CMAP_BLOCK] for start in range(0, len(pairs), CMAP_BLOCK)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({font_name}) /Ordering ({font_name})",
            "/Supplement 0 >> def",
            f"/CMapName /{font_name} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *(
                line
                for block in blocks
                for line in (f"{len(block)} beginbfchar", *block, "endbfchar")
            ),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


ttfonts.makeToUnicodeCMap = _to_unicode_cmap

# The PDF library folds a full-width space, as between family and given name, into a narrow one.
WIDE_SPACE, FIXED_SPACES = "\u3000", "\u00a0" * 4
# Soft hyphens, joiners, directions, byte order marks: nothing to see.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# The PDF library puts no mark on its letter, so a letter and its marks become one character.
# Han characters are left alone: composing would exchange 神 (U+FA19) for 神 (U+795E).
LETTER_WITH_MARKS = re.compile("[A-Za-z\u00c0-\u024f\u3040-\u30ff][\u0300-\u036f\u3099\u309a]+")
LIMITS = {
    "max_local_bytes": 20_000_000,
    "max_image_pixels": 25_000_000,
    "max_resources": 50,
    "max_total_bytes": 50_000_000,
    "max_document_bytes": 20_000_000,
    "max_render_seconds": 300,
    "max_depth": 100,
}


class MissingGlyphs(RuleViolation):
    """The typeface lacks characters of the document, so it is not drawn at all."""

    def __init__(self, characters: list[str]) -> None:
        self.characters = characters
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in characters)
        super().__init__(
            ngettext(
                "This character cannot be printed correctly: %(characters)s. "
                "Ask HR to register a character that can be printed in its place.",
                "These characters cannot be printed correctly: %(characters)s. "
                "Ask HR to register characters that can be printed in their place.",
                len(characters),
            )
            % {"characters": named}
        )


class PdfError(Exception):
    """The PDF library could not draw the document as it was meant."""


class _Text(HTMLParser):
    """Collects what a document draws as text."""

    UNSEEN = frozenset({"head", "script", "style", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self.UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in self.UNSEEN

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def printable(text: str) -> str:
    """The text as it is drawn: without variation selectors and other signs that draw nothing."""
    visible = INVISIBLE.sub("", VARIATION_SELECTORS.sub("", text))
    return LETTER_WITH_MARKS.sub(lambda run: unicodedata.normalize("NFC", run[0]), visible)


def missing_characters(text: str) -> list[str]:
    """The characters of the text, each once, that cannot be drawn as they should look."""
    known = drawable_characters()
    return [
        character
        for character in dict.fromkeys(printable(text))
        if not character.isspace()
        and (ord(character) not in known or unicodedata.category(character).startswith("M"))
    ]


def render(
    template: str, context: Mapping[str, Any], *, title: str, at: dt.datetime, author: str = ""
) -> bytes:
    """The PDF of a template, dated ``at``, in the language of the office.

    Raises MissingGlyphs before anything is drawn if a character of it has no glyph.
    """
    faces = prepare_fonts()
    with translation.override(settings.LANGUAGE_CODE):
        rendered = render_to_string(
            template, {**context, "font_family": FAMILY, "font_faces": faces, "title": title}
        )
    html = printable(rendered)
    text = _Text()
    text.feed(html)
    text.close()
    if missing := missing_characters("".join(text.parts)):
        raise MissingGlyphs(missing)
    html = html.replace(WIDE_SPACE, FIXED_SPACES)
    policy = ResourceAccessPolicy(allow_remote=False, base_dir=faces.regular.parent, **LIMITS)
    output = io.BytesIO()
    result = pisaDocument(
        html,
        output,
        encoding="utf-8",
        resource_policy=policy,
        context_meta={"title": title, "author": author or settings.OFFICE_NAME},
    )
    if result.err or result.warn:
        raise PdfError(f"{template}: {result.log}")
    created = at.astimezone(dt.UTC).strftime("(D:%Y%m%d%H%M%S+00'00')").encode("ascii")
    return output.getvalue().replace(INVARIANT_DATE, created)
