"""Which heading of a file means which fact: mappings that the product ships, or a file."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lms.people.domain.roster.problems import Problem, UnreadableRoster
from lms.people.domain.roster.table import Cell, text

SHIPPED = Path(__file__).parent.parent.parent / "roster_profiles"
STANDARD = "standard"
FIELDS = {
    "people": (
        "employee_number",
        "name",
        "family_name",
        "given_name",
        "name_kana",
        "unit",
        "position",
        "employment_type",
        "kind",
        "starts_on",
        "ends_on",
        "email",
    ),
    "units": ("unit", "starts_on", "ends_on"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    title: str
    kind: str
    columns: Mapping[str, tuple[str, ...]]
    # Groupware puts several values into one cell, the main one first.
    first_line_only: bool = False

    @property
    def is_about_people(self) -> bool:
        return self.kind == "people"

    def label(self, field: str) -> str:
        """How messages call the column of a field."""
        return self.columns.get(field, (field,))[0]


class Columns:
    """Where the fields of a profile are in the heading of one file."""

    def __init__(self, profile: Profile, heading: list[Cell]) -> None:
        self.profile = profile
        self.names = [heading_key(text(cell)) for cell in heading]
        self.shown = [text(cell) for cell in heading]
        self.places: dict[str, list[int]] = {}
        for field, headings in profile.columns.items():
            keys = [heading_key(name) for name in headings]
            self.places[field] = [self.names.index(key) for key in keys if key in self.names]

    def has(self, field: str) -> bool:
        return bool(self.places.get(field))

    def label(self, field: str) -> str:
        places = self.places.get(field)
        return self.shown[places[0]] if places else self.profile.label(field)

    def cell(self, line: list[Cell], field: str) -> Cell:
        """The first filled cell among the columns that may hold the field."""
        for place in self.places.get(field, ()):
            cell = line[place] if place < len(line) else ""
            if text(cell):
                return cell
        return ""

    def missing(self) -> list[str]:
        """The required fields that the heading lacks."""
        if not self.profile.is_about_people:
            return [] if self.has("unit") else ["unit"]
        missing = [field for field in ("employee_number", "unit") if not self.has(field)]
        if not self.has("name"):
            parts = [field for field in ("family_name", "given_name") if not self.has(field)]
            missing += ["name"] if len(parts) == 2 else parts  # noqa: PLR2004 - neither 姓 nor 名
        return missing

    def problems(self) -> list[Problem]:
        problems = []
        others = [
            profile.key
            for profile in shipped_profiles().values()
            if profile.key != self.profile.key and not Columns(profile, list(self.shown)).missing()
        ]
        missing = self.missing()
        for field in missing:
            message = _("The column “%(column)s” is missing. Put its heading into row 1.") % {
                "column": self.profile.label(field)
            }
            if others:
                message += " " + _(
                    "The headings fit the mapping “%(mapping)s”: choose it (--map %(mapping)s)."
                ) % {"mapping": others[0]}
            problems.append(Problem(1, self.profile.label(field), message))
        known = {heading_key(name) for names in self.profile.columns.values() for name in names}
        for key in sorted(
            {key for key in self.names if key in known and self.names.count(key) > 1}
        ):
            shown = self.shown[self.names.index(key)]
            problems.append(
                Problem(
                    1,
                    shown,
                    _("The column “%(column)s” is there more than once. Keep one of them.")
                    % {"column": shown},
                )
            )
        return problems


def heading_key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def shipped_profiles() -> dict[str, Profile]:
    return {path.stem: _from_toml(path, path.stem) for path in sorted(SHIPPED.glob("*.toml"))}


def get_profile(name: str | None) -> Profile:
    """A mapping by its shipped name or by its file."""
    shipped = shipped_profiles()
    key = (name or STANDARD).replace("_", "-")
    if key in shipped:
        return shipped[key]
    path = Path(name or "")
    if not path.is_file():
        raise UnreadableRoster(
            _("There is no mapping “%(name)s”. Name a file or one of: %(known)s.")
            % {"name": name, "known": ", ".join(shipped)}
        )
    return _from_toml(path, path.name)


def detect_profile(heading: list[Cell]) -> Profile:
    """The standard mapping if it fits, else the one that does, else the standard one."""
    shipped = shipped_profiles()
    for key in (STANDARD, *shipped):
        if not Columns(shipped[key], heading).missing():
            return shipped[key]
    return shipped[STANDARD]


def _from_toml(path: Path, key: str) -> Profile:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableRoster(
            _("The mapping “%(name)s” cannot be read: %(error)s")
            % {"name": path.name, "error": error}
        ) from error
    kind = data.get("kind", "people")
    columns = data.get("columns", {})
    if kind not in FIELDS or not isinstance(columns, dict):
        raise UnreadableRoster(
            _('The mapping “%(name)s” needs kind = "people" or "units" and a table [columns].')
            % {"name": path.name}
        )
    checked = {}
    for field, headings in columns.items():
        names = [headings] if isinstance(headings, str) else headings
        if field not in FIELDS[kind] or not (
            isinstance(names, list) and names and all(isinstance(name, str) for name in names)
        ):
            raise UnreadableRoster(
                _("The mapping “%(name)s” has a wrong entry “%(field)s”. Known are: %(known)s.")
                % {"name": path.name, "field": field, "known": ", ".join(FIELDS[kind])}
            )
        checked[field] = tuple(names)
    return Profile(
        key=key,
        title=str(data.get("title", key)),
        kind=kind,
        columns=checked,
        first_line_only=bool(data.get("first_line_only", False)),
    )
