import datetime as dt
import io
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from lms.core import fonts, pdf

AT = dt.datetime(2026, 11, 23, 6, 30, 15, tzinfo=dt.UTC)
HARD_NAMES = "髙﨑 𠮷田 德 濵 \ufa19"
PAGE = """{% extends "pdf/base.html" %}
{% block style %}@page { size: a4 landscape; margin: 2cm; }{% endblock style %}
{% block content %}BODY{% endblock content %}"""


@pytest.fixture
def draw(settings: Any, tmp_path: Path) -> Any:
    """Renders a piece of HTML through a template file of its own."""
    settings.TEMPLATES = [
        {**configured.TEMPLATES[0], "DIRS": [*configured.TEMPLATES[0]["DIRS"], tmp_path]}
    ]

    def _draw(body: str, **context: Any) -> bytes:
        name = f"page{len(list(tmp_path.iterdir()))}.html"
        (tmp_path / name).write_text(PAGE.replace("BODY", body), encoding="utf-8")
        return pdf.render(name, context, title="試し 髙", at=AT, author="みなと市")

    return _draw


def _fonts_of_text(document: bytes) -> set[str]:
    """The typefaces with which a document draws anything."""
    used: set[str] = set()

    def note(text: str, _cm: Any, _tm: Any, font: Any, _size: Any) -> None:
        if text.strip() and font:
            used.add(str(font["/BaseFont"]).split("+")[-1])

    for page in PdfReader(io.BytesIO(document)).pages:
        page.extract_text(visitor_text=note)
    return used


def test_every_name_reads_back_as_it_was_given(draw: Any) -> None:
    document = draw("<p>{{ name }}</p>", name=HARD_NAMES)

    assert PdfReader(io.BytesIO(document)).pages[0].extract_text().strip() == HARD_NAMES


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_another_reader_reads_the_same(draw: Any, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(draw("<p>{{ name }}</p>", name=HARD_NAMES))

    read = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", tmp_path / "x.pdf", "-"], capture_output=True, check=True
    )

    assert read.stdout.decode().strip() == HARD_NAMES


def test_more_characters_than_one_subset_holds_read_back(draw: Any) -> None:
    known = fonts.drawable_characters()
    text = "".join(chr(code) for code in range(0x4E00, 0x5100) if code in known)

    document = draw("<p>{{ text }}</p>", text=text)

    assert len(text) > 512
    assert "".join(PdfReader(io.BytesIO(document)).pages[0].extract_text().split()) == text


def test_both_weights_are_embedded_and_everything_is_drawn_with_them(draw: Any) -> None:
    document = draw(
        "<h1>見出し</h1><p>本文 <b>太字</b> <code>code</code> Latin</p>"
        "<table><tr><th>列</th><td>値</td></tr></table><ol><li>項目</li></ol>"
    )

    assert _fonts_of_text(document) == {"NotoSansJP-Regular", "NotoSansJP-Bold"}
    resources: Any = PdfReader(io.BytesIO(document)).pages[0]["/Resources"]
    embedded = {
        str(font.get_object()["/BaseFont"]).split("+")[-1]
        for font in resources["/Font"].values()
        if "/FontFile2" in font.get_object().get("/FontDescriptor", {})
    }
    assert embedded == {"NotoSansJP-Regular", "NotoSansJP-Bold"}


def test_bold_is_heavier_than_regular() -> None:
    def weight_and_ink(path: Path) -> tuple[int, int]:
        with TTFont(path) as font:
            glyph = font["glyf"][font.getBestCmap()[ord("一")]]
            return font["OS/2"].usWeightClass, glyph.yMax - glyph.yMin

    regular, bold = (weight_and_ink(path) for path in fonts.prepare_fonts())

    assert (regular[0], bold[0]) == (400, 700)
    assert bold[1] > regular[1] * 1.3


def test_metadata_says_title_author_language_and_the_date_of_the_facts(draw: Any) -> None:
    reader = PdfReader(io.BytesIO(draw("<p>あ</p>")))

    assert reader.metadata is not None
    assert reader.metadata.title == "試し 髙"
    assert reader.metadata.author == "みなと市"
    assert reader.metadata.creation_date == AT
    assert reader.root_object["/Lang"] == "ja"


def test_the_same_facts_make_the_same_bytes(draw: Any) -> None:
    assert draw("<p>あ</p>") == draw("<p>あ</p>")
    assert draw("<p>あ</p>") != draw("<p>い</p>")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("山田😀太郎", ["😀"]),
        ("\U0002a6d6", ["\U0002a6d6"]),
        ("か\u309a", ["\u309a"]),
        ("&#128512;と&#128512;と\U0002a6d6", ["😀", "\U0002a6d6"]),
    ],
)
def test_a_character_without_a_glyph_stops_the_document(
    draw: Any, text: str, missing: list[str]
) -> None:
    with pytest.raises(pdf.MissingGlyphs) as refusal:
        draw(f"<p>{text}</p>")

    assert refusal.value.characters == missing
    for character in missing:
        assert f"{character} (U+{ord(character):04X})" in str(refusal.value)


def test_what_is_not_drawn_is_not_asked_of_the_typeface(draw: Any) -> None:
    document = draw("<style>.a { color: #000; } /* 😀 */</style><p>\n\tあ</p><!-- 😀 -->")

    assert PdfReader(io.BytesIO(document)).pages[0].extract_text().strip() == "あ"


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("葛\U000e0100飾", "葛飾"),
        ("葛\ufe00飾", "葛飾"),
        ("山\u200b田\ufeff", "山田"),
        ("か\u3099き", "がき"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_signs_that_draw_nothing_are_left_out_and_marks_joined(
    draw: Any, given: str, drawn: str
) -> None:
    document = draw("<p>{{ text }}</p>", text=given)

    assert PdfReader(io.BytesIO(document)).pages[0].extract_text().strip() == drawn


def test_han_characters_are_never_exchanged_for_their_compatible_ones() -> None:
    assert pdf.printable("\ufa19\ufa11") == "\ufa19\ufa11"


def test_a_full_width_space_keeps_its_width(draw: Any) -> None:
    document = draw("<p>{{ name }}</p>", name="山田　太郎")

    text = PdfReader(io.BytesIO(document)).pages[0].extract_text()
    assert text.strip() == "山田" + " " * 4 + "太郎"


def test_long_text_without_spaces_stays_in_its_cell(draw: Any) -> None:
    document = draw(
        '<table><tr><td width="50%">{{ text }}</td><td>となり</td></tr></table>', text="長" * 200
    )
    starts: list[float] = []

    def note(text: str, _cm: Any, matrix: Any, _font: Any, _size: Any) -> None:
        if "となり" in text:
            starts.append(matrix[4])

    page = PdfReader(io.BytesIO(document)).pages[0]
    lines = page.extract_text(visitor_text=note).split("\n")
    assert starts
    assert max(line.count("長") for line in lines) < 45


@pytest.mark.parametrize(
    "source", ["http://127.0.0.1:9/x.png", "/etc/hostname", "file:///etc/hostname"]
)
def test_nothing_is_fetched_from_outside(draw: Any, source: str) -> None:
    """A document whose picture is refused is a broken document."""
    with pytest.raises(pdf.PdfError):
        draw(f'<p>あ<img src="{source}"></p>')


def test_an_unknown_typeface_is_an_error(draw: Any) -> None:
    with pytest.raises(pdf.PdfError):
        draw('<p style="font-family: Nowhere">あ</p>')


def test_documents_drawn_at_the_same_time_do_not_mix(draw: Any) -> None:
    draw("<p>{{ text }}</p>", text="あ")
    results: dict[int, str] = {}

    def work(number: int) -> None:
        content = pdf.render("page0.html", {"text": f"文書{number}"}, title="x", at=AT)
        results[number] = PdfReader(io.BytesIO(content)).pages[0].extract_text().strip()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == {number: f"文書{number}" for number in range(6)}


def test_faces_are_made_once_and_appear_whole(settings: Any, tmp_path: Path) -> None:
    made = fonts.prepare_fonts()
    settings.FONTS_DIR = tmp_path / "fonts"
    (tmp_path / "fonts").mkdir()
    for path in made:
        shutil.copy(path, tmp_path / "fonts" / path.name)

    again = fonts.prepare_fonts()

    assert [path.parent for path in again] == [tmp_path / "fonts"] * 2
    assert [path.name for path in again] == [path.name for path in made]
    assert not list((tmp_path / "fonts").glob("*.part"))
