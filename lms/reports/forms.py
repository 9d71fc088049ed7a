import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.models import Offering
from lms.core.calendar import era_date, fiscal_year_label
from lms.core.templatetags.office import fiscal_year
from lms.reports.domain.completion import By, Only
from lms.reports.domain.rows import Row, Rows

FIRST_DAY = dt.date(2000, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)
BY_CHOICES = [
    (By.UNIT.value, _("unit")),
    (By.POSITION.value, _("position")),
    (By.EMPLOYMENT_TYPE.value, _("employment type")),
    (By.PERSON.value, _("person")),
]
LEVEL_CHOICES = [
    ("", _("as many as fit")),
    ("1", _("top level only")),
    ("2", _("two levels")),
    ("9", _("all levels")),
]
ONLY_CHOICES = [
    ("", _("everybody")),
    (Only.OPEN.value, _("not completed yet")),
    (Only.LATE.value, _("overdue")),
]


class _AsOfForm(forms.Form):
    """Filters sent by GET; ``latest`` is the last day that the viewer may ask for."""

    as_of = forms.DateField(
        label=_("As of (end of the day)"),
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[
            MinValueValidator(FIRST_DAY, _("Enter a day in 2000 or later.")),
            MaxValueValidator(LAST_DAY, _("Enter a day in 2100 or earlier.")),
        ],
        error_messages={"invalid": _("Enter a day such as 2026-11-23.")},
    )

    def __init__(self, *args: Any, latest: dt.date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.latest = latest
        if latest:
            self.fields["as_of"].widget.attrs["max"] = latest.isoformat()

    def clean_as_of(self) -> dt.date | None:
        as_of: dt.date | None = self.cleaned_data["as_of"]
        if as_of and self.latest and as_of > self.latest:
            raise ValidationError(
                gettext("Enter today or an earlier day: %(today)s at the latest.")
                % {"today": era_date(self.latest)}
            )
        return as_of


class OverviewFilter(_AsOfForm):
    year = forms.TypedChoiceField(
        label=_("Fiscal year"), required=False, coerce=int, empty_value=None
    )

    field_order = ["year", "as_of"]

    def __init__(self, *args: Any, years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, fiscal_year(year)) for year in years]  # type: ignore[attr-defined]


class ReportFilter(_AsOfForm):
    offering = forms.ChoiceField(label=_("Offering"), required=False)
    by = forms.ChoiceField(label=_("Counted by"), required=False, choices=BY_CHOICES)
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    levels = forms.ChoiceField(label=_("Levels"), required=False, choices=LEVEL_CHOICES)
    only = forms.ChoiceField(label=_("People shown"), required=False, choices=ONLY_CHOICES)

    field_order = ["offering", "as_of", "unit", "by", "levels", "only"]

    def __init__(
        self,
        *args: Any,
        offerings: Iterable[Offering],
        units: Rows,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offering"].choices = _by_year(offerings)  # type: ignore[attr-defined]
        self.units = units
        self.offer_units(whole="", tops=())

    def offer_units(
        self, *, whole: str, tops: tuple[str, ...], on: dt.date | None = None, also: int = 0
    ) -> None:
        """The tree as a list, each level indented by one full-width space more.

        With a day, without what is not in force then, but for the unit that is chosen.
        """
        shown = [
            unit
            for unit in self.units
            if (not tops or unit["path"].startswith(tops))
            and (on is None or unit["id"] == also or _in_force(unit, on))
        ]
        widths = sorted({len(unit["path"]) for unit in shown})
        choices = [
            (str(unit["id"]), "　" * widths.index(len(unit["path"])) + unit["name"])
            for unit in shown
        ]
        self.fields["unit"].choices = [("", whole)] * bool(whole) + choices  # type: ignore[attr-defined]


def _in_force(unit: Row, on: dt.date) -> bool:
    return bool(unit["starts_on"] <= on and (unit["ends_on"] is None or unit["ends_on"] >= on))


def _by_year(offerings: Iterable[Offering]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices in groups of their 年度, in the order given."""
    groups: dict[int, list[tuple[str, str]]] = {}
    for offering in offerings:
        label = f"{offering.course.title}（{offering.slug}）"
        groups.setdefault(offering.fiscal_year, []).append((offering.slug, label))
    return [(fiscal_year_label(year), choices) for year, choices in groups.items()]
