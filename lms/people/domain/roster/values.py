"""What the cells of a roster mean. Each function raises ValueError with a sentence."""

import datetime as dt
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from lms.core.calendar import ERAS
from lms.core.text import full_width_kana
from lms.people.domain.roster.table import Cell, text
from lms.people.enums import PostingKind

NUMBER = re.compile(r"[0-9A-Za-z._-]{1,32}\Z")
SEPARATORS = re.compile(r"[/／>＞]")
MAX_LEVELS = 10
MAX_UNIT_NAME = 100
KIND_WORDS = {
    "": PostingKind.PRIMARY,
    "主務": PostingKind.PRIMARY,
    "本務": PostingKind.PRIMARY,
    "採用": PostingKind.PRIMARY,
    "異動": PostingKind.PRIMARY,
    "昇任": PostingKind.PRIMARY,
    "転入": PostingKind.PRIMARY,
    "配置換": PostingKind.PRIMARY,
    "再任用": PostingKind.PRIMARY,
    "兼務": PostingKind.CONCURRENT,
    "併任": PostingKind.JOINT,
    "出向": PostingKind.SECONDMENT,
}
RETIREMENT = "退職"
TIME = r"(?:[T\s]+\d{1,2}[:時]\d{1,2}.*)?\Z"
WESTERN = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:\(.\))?" + TIME)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})" + TIME)
ERA = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHSTM])\s*(元|\d{1,2})[-/.年]\s*(\d{1,2})[-/.月]\s*(\d{1,2})日?(?:\(.\))?"
    + TIME,
    re.IGNORECASE,
)
ERA_COMPACT = re.compile(r"([RHSTM])(\d{2})(\d{2})(\d{2})\Z", re.IGNORECASE)
OPEN_END_YEAR = 9999
FIRST_YEAR, LAST_YEAR = 1900, 2200


def single_line(cell: Cell, *, first_line_only: bool) -> str:
    """The text of a cell without line breaks and other control characters."""
    value = text(cell)
    if first_line_only and value:
        value = value.splitlines()[0].strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise ValueError(
            _("The cell holds a line break or an invisible character. Write it on one line.")
        )
    return value


def employee_number(value: str) -> str:
    number = unicodedata.normalize("NFKC", value)
    if not number:
        raise ValueError(_("Enter the employee number."))
    if not NUMBER.match(number):
        raise ValueError(
            _("“%(value)s” is no employee number. Use up to 32 letters, digits, and . _ -")
            % {"value": shortened(value)}
        )
    return number


def unit_path(value: str) -> tuple[str, ...]:
    """部/課/係 as names, from the top down."""
    names = tuple(
        name for part in SEPARATORS.split(full_width_kana(value)) if (name := part.strip())
    )
    if not names:
        raise ValueError(_("Enter the unit, for example 総務部/総務課/人事係."))
    if len(names) > MAX_LEVELS:
        raise ValueError(_("A unit may have at most %(n)s levels.") % {"n": MAX_LEVELS})
    for name in names:
        limited(name, MAX_UNIT_NAME)
    return names


def limited(value: str, length: int) -> str:
    if len(value) > length:
        raise ValueError(
            _("“%(value)s” is too long. Use at most %(length)s characters.")
            % {"value": shortened(value), "length": length}
        )
    return value


def email(value: str) -> str:
    address = unicodedata.normalize("NFKC", value)
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValueError(
            _("“%(value)s” is no e-mail address. Correct it or leave the cell empty.")
            % {"value": shortened(value)}
        ) from error
    return limited(address, 254)


def kind(value: str) -> PostingKind | None:
    """The kind of posting; None for 退職, which ends them all."""
    word = unicodedata.normalize("NFKC", value)
    if word == RETIREMENT:
        return None
    if word not in KIND_WORDS:
        raise ValueError(
            _("“%(value)s” is not known. Use one of: %(known)s.")
            % {
                "value": shortened(value),
                "known": "、".join([*filter(None, KIND_WORDS), RETIREMENT]),
            }
        )
    return KIND_WORDS[word]


def date(cell: Cell) -> dt.date | None:
    """A day of either calendar, with or without a time; 9999 and nothing mean no day."""
    if isinstance(cell, dt.datetime):
        return _plausible(cell.date(), cell)
    if isinstance(cell, dt.date):
        return _plausible(cell, cell)
    value = unicodedata.normalize("NFKC", text(cell))
    if not value or value.startswith(str(OPEN_END_YEAR)):
        return None
    try:
        return _plausible(_parse_date(value), cell)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            _("“%(value)s” is no date. Write it as 2026/4/1 or 令和8年4月1日.")
            % {"value": shortened(text(cell))}
        ) from error


def _plausible(day: dt.date, cell: Cell) -> dt.date | None:
    if day.year >= OPEN_END_YEAR:
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(
            _("“%(value)s” is no date. Write it as 2026/4/1 or 令和8年4月1日.")
            % {"value": shortened(text(cell))}
        )
    return day


def _parse_date(value: str) -> dt.date:
    for pattern in (WESTERN, COMPACT):
        match = pattern.match(value)
        if match:
            year, month, day = (int(part) for part in match.groups())
            return dt.date(year, month, day)
    match = ERA.match(value) or ERA_COMPACT.match(value)
    if not match:
        raise ValueError(value)
    name, year_text, month_text, day_text = match.groups()
    era = next(era for era in ERAS if name.upper() in (era.name, era.letter))
    number = 1 if year_text == "元" else int(year_text)
    if number < 1:
        raise ValueError(value)
    return dt.date(era.starts_on.year + number - 1, int(month_text), int(day_text))


def shortened(value: str, length: int = 40) -> str:
    return value if len(value) <= length else value[: length - 1] + "…"
