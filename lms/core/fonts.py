"""The typeface of every printed document: Noto Sans JP, cut once from the variable font that the
package justmytype-intl-cjk carries into the two static faces that can be embedded in a PDF.
"""

import hashlib
import os
import tempfile
import threading
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FAMILY = "NotoSansJP"
POSTSCRIPT_NAME = 6
WEIGHTS = {"regular": 400, "bold": 700}
# Shaping and vertical setting, which the PDF library does not do: cutting is faster without them.
UNUSED_TABLES = ("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "STAT", "VORG", "VVAR", "vhea", "vmtx")
_lock = threading.Lock()


class Faces(NamedTuple):
    regular: Path
    bold: Path


@cache
def _source() -> tuple[Path, str]:
    """The variable font and a digest of it, which the names of the static faces carry."""
    folder = files("justmytype_intl_cjk") / "fonts" / "ofl" / "notosansjp"
    path = Path(str(folder / "NotoSansJP[wght].ttf"))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def prepare_fonts() -> Faces:
    """The static faces, made if they are not there yet (about 15 seconds, once).

    Two processes that start together may both make them: each file appears whole, by a rename,
    and both make the same.
    """
    source, digest = _source()
    folder = Path(settings.FONTS_DIR)
    faces = Faces(*(folder / f"{FAMILY}-{name}-{digest}.ttf" for name in WEIGHTS))
    with _lock:
        for path, weight in zip(faces, WEIGHTS.values(), strict=True):
            if not path.exists():
                folder.mkdir(parents=True, exist_ok=True)
                _cut(source, weight, path)
    return faces


def _cut(source: Path, weight: int, target: Path) -> None:
    font = TTFont(source, recalcTimestamp=False)
    for tag in UNUSED_TABLES:
        if tag in font:
            del font[tag]
    face = instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    name = f"{FAMILY}-{target.name.split('-')[1].title()}"
    for record in face["name"].names:
        if record.nameID == POSTSCRIPT_NAME:
            record.string = name
    handle, draft = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            face.save(file)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@cache
def _characters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawable_characters() -> frozenset[int]:
    """The code points that both faces have a glyph for."""
    regular, bold = prepare_fonts()
    return _characters(regular) & _characters(bold)
