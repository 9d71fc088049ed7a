import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable
from itertools import count
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.forms.pages import CopyForm
from wagtail.admin.widgets import AdminDateInput

from courses.domain import recordings
from courses.domain.audiences import Conditions
from courses.domain.certificates import read_code
from courses.enums import ReleaseKind, Status
from courses.models import Audience, CoursePage, Offering, Recording
from lms.core.calendar import era_date_with_weekday, fiscal_year, fiscal_year_label, today
from lms.core.errors import RuleViolation
from lms.people.models import Person, Unit

EARLIEST_FISCAL_YEAR = 2019
NAMED_IN_A_MESSAGE = 10


class CertificateCodeForm(forms.Form):
    """The code printed on a certificate, however somebody types it."""

    code = forms.CharField(
        label=_("verification code"),
        max_length=100,
        help_text=_(
            "16 letters and digits, printed below the square pattern. "
            "Upper or lower case, spaces and hyphens do not matter."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        code = read_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(
                _("Enter the 16 letters and digits of the code as they are printed.")
            )
        return code


class UnitChoices:
    """Units in the order of the tree, indented, those that have ended marked so."""

    def label_from_instance(self, unit: Unit) -> str:
        label = "\u3000" * (unit.depth - 1) + unit.name
        if unit.ends_on is None:
            return label
        return gettext("%(unit)s (until %(day)s)") % {
            "unit": label,
            "day": era_date_with_weekday(unit.ends_on),
        }


class UnitTreeField(UnitChoices, forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    pass


class UnitField(UnitChoices, forms.ModelChoiceField):  # type: ignore[type-arg]
    pass


class PeopleField(forms.CharField):
    """People by their employee numbers, as they are pasted from a table."""

    widget = forms.Textarea(attrs={"rows": 4})

    def clean(self, value: Any) -> list[Person]:
        text = unicodedata.normalize("NFKC", super().clean(value))
        numbers = list(dict.fromkeys(re.split(r"[\s,、;]+", text.strip()))) if text.strip() else []
        found = {
            person.employee_number: person
            for person in Person.objects.filter(employee_number__in=numbers)
        }
        if unknown := [number for number in numbers if number not in found]:
            raise forms.ValidationError(
                gettext("Nobody has these employee numbers. Correct or remove them: %(numbers)s")
                % {"numbers": "、".join(unknown[:NAMED_IN_A_MESSAGE])}
            )
        return [found[number] for number in numbers]


def numbers_of(people: Iterable[Person]) -> str:
    return "\n".join(person.employee_number for person in people)


class AudienceForm(WagtailAdminModelForm):
    units = UnitTreeField(
        label=_("units"),
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With everything below them."),
    )
    included_numbers = PeopleField(
        label=_("also these people"),
        required=False,
        help_text=_("Employee numbers, one a line. Use the search below if you only know a name."),
    )
    excluded_numbers = PeopleField(
        label=_("but not these people"),
        required=False,
        help_text=_("Employee numbers, one a line."),
    )
    find = forms.CharField(
        label=_("find somebody"),
        required=False,
        max_length=100,
        help_text=_("Name, kana or employee number. Then choose “Find”."),
    )

    class Meta:
        model = Audience
        fields = ["name", "everybody", "units", "positions", "employment_types"]
        widgets = {
            "positions": forms.CheckboxSelectMultiple,
            "employment_types": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.instance.units.all() if self.instance.pk else Unit.objects.none()
        self.fields["units"].queryset = (
            Unit.objects.filter(ends_on=None)
            | Unit.objects.filter(ends_on__gte=today())
            | Unit.objects.filter(pk__in=chosen.values("pk"))
        )
        self.fields["name"].label = _("name of the audience")
        self.fields["name"].help_text = _("Such as: all staff, heads of sections, new staff.")
        self.fields["positions"].help_text = _("One of them is enough. None chosen: any position.")
        self.fields["employment_types"].help_text = _(
            "One of them is enough. None chosen: any type."
        )
        if self.instance.pk:
            self.initial["included_numbers"] = numbers_of(self.instance.included.all())
            self.initial["excluded_numbers"] = numbers_of(self.instance.excluded.all())

    def conditions(self) -> Conditions:
        """What the form says now, saved or not; fields with errors count as empty."""
        told = self.cleaned_data
        return Conditions(
            everybody=told.get("everybody", False),
            unit_paths=frozenset(unit.path for unit in told.get("units", [])),
            positions=frozenset(row.pk for row in told.get("positions", [])),
            employment_types=frozenset(row.pk for row in told.get("employment_types", [])),
            included=frozenset(person.pk for person in told.get("included_numbers", [])),
            excluded=frozenset(person.pk for person in told.get("excluded_numbers", [])),
        )

    def _save_m2m(self) -> None:
        super()._save_m2m()
        self.instance.included.set(self.cleaned_data["included_numbers"])
        self.instance.excluded.set(self.cleaned_data["excluded_numbers"])


def fiscal_year_choices(on: dt.date) -> list[tuple[int, str]]:
    newest = fiscal_year(on) + 2
    return [(year, fiscal_year_label(year)) for year in range(newest, EARLIEST_FISCAL_YEAR - 1, -1)]


class OfferingForm(WagtailAdminModelForm):
    course = forms.ModelChoiceField(
        label=_("course"), queryset=CoursePage.objects.live().order_by("title")
    )
    fiscal_year = forms.TypedChoiceField(label=_("fiscal year"), coerce=int)

    class Meta:
        model = Offering
        fields = [
            "course",
            "slug",
            "fiscal_year",
            "audience",
            "is_mandatory",
            "opens_on",
            "closes_on",
            "due_on",
            "due_days",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on = today()
        choices = fiscal_year_choices(on)
        if self.instance.pk and self.instance.fiscal_year not in dict(choices):
            choices.append(
                (self.instance.fiscal_year, fiscal_year_label(self.instance.fiscal_year))
            )
        self.fields["fiscal_year"].choices = choices
        if not self.instance.pk:
            self.initial.setdefault("fiscal_year", fiscal_year(on))
        for name in ("opens_on", "closes_on", "due_on"):
            field = self.fields[name]
            told = getattr(self.instance, name, None)
            hint = (
                era_date_with_weekday(told)
                if told
                else gettext("Write it like %(example)s (%(era)s).")
                % {"example": on.isoformat(), "era": era_date_with_weekday(on)}
            )
            field.help_text = f"{field.help_text} {hint}".strip()

    def clean_course(self) -> CoursePage:
        course: CoursePage = self.cleaned_data["course"]
        if (
            self.instance.pk
            and course.pk != self.instance.course_id
            and self.instance.enrolments.exists()
        ):
            raise forms.ValidationError(
                gettext(
                    "People are already enrolled, so the course stays. Make a new offering for "
                    "another course."
                )
            )
        return course


class CourseCopyForm(CopyForm):
    """A course copied to be changed: with all its steps, as drafts, under an address of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An alias could not be changed, and what is copied to be changed is not published yet.
        for name in ("publish_copies", "alias"):
            self.fields.pop(name, None)
        taken = set(self.page.get_siblings(inclusive=True).values_list("slug", flat=True))
        self.fields["new_slug"].initial = next(
            slug for number in count(2) if (slug := f"{self.page.slug}-{number}") not in taken
        )
        self.fields["new_title"].help_text = gettext(
            "When only the year changes, do not copy the course: HR makes next year's offering of "
            "this one. Copy it when much of the content changes."
        )
        if "copy_subpages" in self.fields:
            self.fields["copy_subpages"].help_text = gettext(
                "Lessons and the quiz with its rules, all as drafts. The questions are not copied: "
                "both quizzes ask those of the question bank."
            )


class RangesField(forms.JSONField):
    """What a browser played: [[first, last], ...] in seconds."""

    MOST = 1000

    def clean(self, value: Any) -> list[list[float]]:
        told = super().clean(value)
        if not isinstance(told, list) or len(told) > self.MOST or not all(map(self._is_one, told)):
            raise forms.ValidationError(_("Enter ranges of seconds."))
        return told

    @staticmethod
    def _is_one(told: Any) -> bool:
        return (
            isinstance(told, list)
            and len(told) == 2  # noqa: PLR2004 - a first and a last second
            and all(type(edge) in {int, float} and math.isfinite(edge) for edge in told)
        )


class ViewingForm(forms.Form):
    ranges = RangesField(required=False, empty_value=[])
    position = forms.FloatField()


class RecordingForm(WagtailAdminModelForm):
    """The file is chosen once: who watched it watched this one."""

    caption_file = forms.FileField(
        label=_("captions"),
        required=False,
        help_text=_(
            "A file of the format WebVTT (.vtt) or SubRip (.srt). Office programs and meeting "
            "recordings can save one. Needed wherever somebody speaks."
        ),
    )

    class Meta:
        model = Recording
        fields = ["title", "file", "transcript"]
        widgets = {"file": forms.FileInput, "transcript": forms.Textarea(attrs={"rows": 12})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["transcript"].required = False
        file = self.fields["file"]
        if self.instance.pk:
            file.disabled = True
            file.help_text = _("It stays. For another file, make another recording.")
        else:
            file.help_text = _(
                "MP4 (video), M4A or MP3 (audio), up to %(megabytes)s MB. Shorter than five "
                "minutes is watched to the end."
            ) % {"megabytes": settings.RECORDING_MEGABYTES}
        if self.instance.captions:
            self.fields["caption_file"].help_text = _(
                "It has captions. Choose a file only to replace them."
            )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if self.instance.pk or not file:
            return file
        if file.size > settings.RECORDING_MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(
                gettext(
                    "The file is larger than %(megabytes)s MB. Save it with a smaller picture, or "
                    "cut it into parts."
                )
                % {"megabytes": settings.RECORDING_MEGABYTES}
            )
        try:
            found = recordings.facts(file, name=file.name)
        except RuleViolation as violation:
            raise forms.ValidationError(str(violation)) from violation
        self.instance.content_type, self.instance.seconds = found.content_type, found.seconds
        return file

    def clean_caption_file(self) -> Any:
        file = self.cleaned_data["caption_file"]
        if file:
            try:
                content = file.read(recordings.LARGEST_CAPTIONS + 1)
                self.instance.captions = recordings.captions(content, name=file.name)
            except RuleViolation as violation:
                raise forms.ValidationError(str(violation)) from violation
        return file

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if not told.get("transcript", "").strip():
            if self.instance.captions:
                told["transcript"] = recordings.spoken(self.instance.captions)
            elif "caption_file" not in self.errors:
                self.add_error(
                    "transcript",
                    _("Write down what is said and shown, or choose a file with captions."),
                )
        return told


class EnrolmentFilterForm(forms.Form):
    status = forms.ChoiceField(
        label=_("status"), required=False, choices=[("", _("all")), *Status.choices]
    )
    unit = UnitField(
        label=_("unit"), required=False, queryset=Unit.objects.all(), empty_label=_("all")
    )
    q = forms.CharField(
        label=_("name or employee number"), required=False, max_length=100, strip=True
    )


class ReleaseForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("what to do"),
        choices=[
            (ReleaseKind.WAIVER, _("Waive: they need not take it in these days")),
            (ReleaseKind.WITHDRAWAL, _("Withdraw: it does not concern them from this day on")),
        ],
        widget=forms.RadioSelect,
        initial=ReleaseKind.WAIVER,
    )
    starts_on = forms.DateField(label=_("first day"), widget=AdminDateInput)
    ends_on = forms.DateField(
        label=_("last day"),
        widget=AdminDateInput,
        required=False,
        help_text=_("Only for a waiver. Empty: until you end it."),
    )
    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        help_text=_("Such as: childcare leave. Never write a diagnosis."),
    )

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        starts_on, ends_on = told.get("starts_on"), told.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("Enter a last day that is not before the first day."))
        return told


class EndReleaseForm(forms.Form):
    ends_on = forms.DateField(
        label=_("last day"),
        widget=AdminDateInput,
        help_text=_("From the day after, the person must take the course again."),
    )
