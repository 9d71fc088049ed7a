import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.users.forms import UserCreationForm, UserEditForm

from lms.people.domain.roster.profiles import shipped_profiles
from lms.people.domain.roster.table import MAX_BYTES
from lms.people.models import Appointment, Leave, Person, Posting, Unit

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")


class DayInput(forms.DateInput):
    """The browser's own calendar: nothing to load, nothing inline."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class UnitChoiceField(forms.ModelChoiceField[Unit]):
    """Units in the order of the tree, each one indented below its parent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.order_by("path"), **kwargs)

    def label_from_instance(self, unit: Any) -> str:
        name = "\u3000" * (unit.depth - 1) + unit.name
        if unit.ends_on:
            name += gettext(" (until %(day)s)") % {"day": unit.ends_on}
        return name


class PersonForm(WagtailAdminModelForm):
    class Meta:
        model = Person
        fields = ["employee_number", "name", "name_kana", "email", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["employee_number"].disabled = True


class OwnedForm(WagtailAdminModelForm):
    """A dated record of one person, who is chosen by the page that leads here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        person.widget = forms.HiddenInput()
        person.disabled = bool(self.instance.pk)


class PostingForm(OwnedForm):
    unit = UnitChoiceField(label=_("unit"))

    class Meta:
        model = Posting
        fields = [
            "person",
            "unit",
            "position",
            "employment_type",
            "kind",
            "starts_on",
            "ends_on",
            "public_on",
        ]
        widgets = {
            "starts_on": DayInput,
            "ends_on": DayInput,
            "public_on": DayInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["public_on"].required = False

    def clean_public_on(self) -> dt.date | None:
        """Empty means public from the first day."""
        public_on: dt.date | None = self.cleaned_data.get("public_on")
        return public_on or self.cleaned_data.get("starts_on")


class LeaveForm(OwnedForm):
    approved_by = forms.ModelChoiceField(
        Person.objects.all(),
        to_field_name="employee_number",
        widget=forms.TextInput,
        required=False,
        label=_("approved by"),
        help_text=_("The employee number of the person who approved it."),
        error_messages={"invalid_choice": _("Nobody has this employee number.")},
    )

    class Meta:
        model = Leave
        fields = ["person", "code", "starts_on", "ends_on", "approved_by"]
        widgets = {"starts_on": DayInput, "ends_on": DayInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.approved_by:
            self.initial["approved_by"] = self.instance.approved_by.employee_number


class AppointmentForm(OwnedForm):
    unit = UnitChoiceField(label=_("unit"))

    class Meta:
        model = Appointment
        fields = ["person", "unit", "office", "starts_on", "ends_on"]
        widgets = {"starts_on": DayInput, "ends_on": DayInput}


class UnitForm(WagtailAdminModelForm):
    parent = UnitChoiceField(
        label=_("below"),
        required=False,
        help_text=_("Leave it empty for a unit at the top."),
    )

    class Meta:
        model = Unit
        fields = ["name", "code", "starts_on", "ends_on"]
        widgets = {"starts_on": DayInput, "ends_on": DayInput}
        help_texts = {
            "ends_on": _("A reorganisation closes units and opens new ones. Nothing is deleted."),
        }

    field_order = ["parent", "name", "code", "starts_on", "ends_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["parent"]

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = super().clean()
        ends_on = (cleaned or {}).get("ends_on")
        if self.instance.pk and ends_on:
            still = Posting.objects.filter(unit=self.instance, ends_on=None)
            later = Posting.objects.filter(unit=self.instance, ends_on__gt=ends_on)
            count = still.count() + later.count()
            if count:
                self.add_error(
                    "ends_on",
                    gettext("%(count)s postings in this unit go on after that day. End them first.")
                    % {"count": count},
                )
        return cleaned


class AccountCreationForm(UserCreationForm):
    """An account for somebody outside the roster. The first password is issued afterwards."""

    password_enabled = False
    first_name = None
    last_name = None
    email = forms.EmailField(required=False, label=_("e-mail"))

    class Meta:
        model = Person
        fields = ["employee_number", "name", "name_kana", "email", "is_superuser", "groups"]
        widgets = {"groups": forms.CheckboxSelectMultiple}


class AccountEditForm(UserEditForm):
    password_enabled = False
    first_name = None
    last_name = None
    email = forms.EmailField(required=False, label=_("e-mail"))

    class Meta(AccountCreationForm.Meta):
        fields = [*AccountCreationForm.Meta.fields, "is_active"]


class RosterUploadForm(forms.Form):
    file = forms.FileField(
        label=_("Roster file"),
        help_text=_(
            "An Excel workbook (xlsx) or CSV with everybody who is staff on the day below."
        ),
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    as_of = forms.DateField(
        label=_("as of"),
        help_text=_("Whoever is not in the file counts as having left before this day."),
        widget=DayInput,
    )
    profile = forms.ChoiceField(label=_("mapping"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = self.fields["profile"]
        if isinstance(profile, forms.ChoiceField):
            profile.choices = [
                ("auto", gettext("Find out by the headings")),
                *((key, one.title) for key, one in shipped_profiles().items()),
            ]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(SUFFIXES):
            raise ValidationError(gettext("Choose an Excel workbook (xlsx) or a CSV file."))
        if file.size > MAX_BYTES:
            raise ValidationError(
                gettext("Choose a file of at most %(size)s MB.") % {"size": MAX_BYTES // 2**20}
            )
        return file


class RosterApplyForm(forms.Form):
    confirmed = forms.BooleanField(
        label=_("I have checked who leaves, and it is right."),
        error_messages={"required": _("Check who leaves, and tick the box to go on.")},
    )

    def __init__(self, *args: Any, must_confirm: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not must_confirm:
            del self.fields["confirmed"]


class IssuePasswordsForm(forms.Form):
    MOST = 1_000
    unit = UnitChoiceField(
        label=_("unit"),
        required=False,
        help_text=_("Everybody whose primary post is in this unit or below."),
    )
    employee_numbers = forms.CharField(
        label=_("or employee numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on a line, or with commas or spaces between."),
    )
    everybody = forms.BooleanField(
        label=_("Also for people who have a password already"),
        required=False,
        help_text=_("Their old password and open sessions end at once."),
    )
    output = forms.ChoiceField(
        label=_("Hand out as"),
        choices=[
            ("slips", _("Slips to print and cut")),
            ("xlsx", _("Excel workbook (xlsx)")),
            ("csv", _("CSV")),
        ],
        initial="slips",
        widget=forms.RadioSelect,
    )

    def people(self, *, on: dt.date) -> Any:
        """Whom the form names. Administrators set their own password."""
        numbers = split_numbers(self.cleaned_data["employee_numbers"])
        people = Person.objects.filter(is_active=True, is_superuser=False)
        if not self.cleaned_data["everybody"]:
            people = people.without_password()
        if numbers:
            return people.filter(employee_number__in=numbers)
        units = Unit.objects.below([self.cleaned_data["unit"].path])
        return people.in_units(units, on=on)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        numbers = split_numbers((cleaned or {}).get("employee_numbers", ""))
        if not numbers and not (cleaned or {}).get("unit"):
            raise ValidationError(gettext("Choose a unit or enter employee numbers."))
        known = Person.objects.filter(employee_number__in=numbers)
        unknown = set(numbers) - set(known.values_list("employee_number", flat=True))
        if unknown:
            self.add_error(
                "employee_numbers",
                gettext("Nobody has the employee number %(numbers)s.")
                % {"numbers": ", ".join(sorted(unknown))},
            )
        return cleaned


def split_numbers(text: str) -> list[str]:
    return [number for number in re.split(r"[\s,、，]+", text) if number]
