"""What a video or audio file holds, and its captions. Everything uploaded is taken as hostile."""

import io
import math
import re
from dataclasses import dataclass
from typing import IO

import webvtt
from django.utils.translation import gettext
from tinytag import TinyTag, TinyTagException
from webvtt.errors import MalformedCaptionError, MalformedFileError

from lms.core.errors import RuleViolation

# Every browser of today plays these without an extension.
CONTENT_TYPES = {"mp4": "video/mp4", "m4a": "audio/mp4", "mp3": "audio/mpeg"}
CAPTION_FORMATS = ("vtt", "srt")
LARGEST_CAPTIONS = 1024 * 1024
# Sample entries of ISO/IEC 14496-15 for HEVC, which telephones write and office PCs do not play.
HEVC = (b"hvc1", b"hev1")
BOX_HEADER, LONG_BOX_HEADER = 8, 16
LARGEST_INDEX = 64 * 1024 * 1024


@dataclass(frozen=True)
class Facts:
    content_type: str
    seconds: int


def facts(file: IO[bytes], *, name: str) -> Facts:
    """What the file says of itself. Raises RuleViolation for one that browsers could not play."""
    content_type = CONTENT_TYPES.get(name.rpartition(".")[2].lower(), "")
    unreadable = gettext(
        "The file cannot be played in a browser. Save it as MP4 (video), M4A or MP3 (audio) and "
        "choose it again."
    )
    try:
        file.seek(0)
        seconds = TinyTag.get(filename=name, file_obj=file).duration or 0  # type: ignore[arg-type]
        file.seek(0)
    except (TinyTagException, OSError, ValueError, KeyError, IndexError, OverflowError) as error:
        raise RuleViolation(unreadable) from error
    if not content_type or not (0 < seconds < math.inf):
        raise RuleViolation(unreadable)
    if content_type.endswith("/mp4"):
        boxes = _boxes(file)
        if boxes is None:
            raise RuleViolation(
                gettext(
                    "The file is cut off: its end is missing. Save it anew and choose it again."
                )
            )
        if any(entry in boxes.get(b"moov", b"") for entry in HEVC):
            raise RuleViolation(
                gettext(
                    "The video is in the format HEVC (H.265), which many office PCs do not play. "
                    "Save it as H.264 and choose it again."
                )
            )
    file.seek(0)
    return Facts(content_type, math.ceil(seconds))


def _boxes(file: IO[bytes]) -> dict[bytes, bytes] | None:
    """The beginning of each box of an MP4 file (ISO/IEC 14496-12); None where its end is missing.

    “moov” names the formats of what the file holds.
    """
    end = file.seek(0, io.SEEK_END)
    boxes: dict[bytes, bytes] = {}
    start = 0
    while start < end:
        file.seek(start)
        header = file.read(LONG_BOX_HEADER)
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if size == 1:
            size = int.from_bytes(header[8:], "big")
        elif size == 0:
            size = end - start
        if size < BOX_HEADER or start + size > end:
            return None
        file.seek(start)
        boxes[kind] = file.read(min(size, LARGEST_INDEX)) if kind == b"moov" else b""
        start += size
    return boxes


def captions(content: bytes, *, name: str) -> str:
    """Captions as WebVTT, from WebVTT or SubRip. Raises RuleViolation for what is neither."""
    unreadable = gettext(
        "The captions cannot be read. Choose a file of the format WebVTT (.vtt) or SubRip (.srt), "
        "in UTF-8."
    )
    kind = name.rpartition(".")[2].lower()
    if kind not in CAPTION_FORMATS or len(content) > LARGEST_CAPTIONS:
        raise RuleViolation(unreadable)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        read = webvtt.from_buffer(io.StringIO(text), format=kind)
    except (UnicodeDecodeError, MalformedFileError, MalformedCaptionError, ValueError) as error:
        raise RuleViolation(unreadable) from error
    if not any(caption.text.strip() for caption in read.captions):
        raise RuleViolation(unreadable)
    return str(read.content)


def spoken(captions: str) -> str:
    """The text of captions, in the order of time; a line that stays on screen is said once."""
    lines: list[str] = []
    for caption in webvtt.from_string(captions).captions:
        for line in caption.text.splitlines():
            said = re.sub(r"\s+", " ", line).strip()
            if said and (not lines or lines[-1] != said):
                lines.append(said)
    return "\n".join(lines)
