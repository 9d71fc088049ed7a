import unicodedata
from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lms.home.domain import throttle
from lms.people.models import EMPLOYEE_NUMBER, Person

# Sentences of Django that this product says in its own way: its catalogue comes before Django's.
SAID_ANEW = (
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid date."),
    gettext_noop("Enter a whole number."),
    gettext_noop("Enter a valid email address."),
    gettext_noop("The submitted file is empty."),
    gettext_noop("This password is too common."),
    gettext_noop("The password is too similar to the %(verbose_name)s."),
)
PASSWORD_RULES = _(
    "10 characters or more. Neither a password that many people use nor one that resembles your "
    "employee number or e-mail address. Three words that have nothing to do with each other are "
    "good."
)


def as_typed_number(text: str) -> str:
    """An employee number as it is stored: the input method may have left it in full width."""
    return unicodedata.normalize("NFKC", text).strip()


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("Employee number"),
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.address = address
        self.person: Person | None = None
        self.was_refused = False

    def clean_username(self) -> str:
        return as_typed_number(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number, password = data.get("username"), data.get("password")
        if not number or not password:
            return data
        if throttle.is_held_back(employee_number=number, address=self.address):
            raise ValidationError(
                _(
                    "Signing in with this employee number failed ten times here. Wait 15 minutes, "
                    "then try again. If you have forgotten the password, ask HR for a new one."
                ),
                code="held_back",
            )
        person = authenticate(self.request, username=number, password=password)
        if not isinstance(person, Person):
            self.was_refused = True
            throttle.note_failure(employee_number=number, address=self.address)
            raise ValidationError(
                _(
                    "The employee number and the password do not match. Check both, then try "
                    "again. Capital and small letters count. If you have forgotten the password, "
                    "ask HR for a new one."
                ),
                code="refused",
            )
        throttle.forget(employee_number=number, address=self.address)
        self.person = person
        return data


class ChangePasswordForm(PasswordChangeForm):
    """Django's own rules, said in words before the person types."""

    error_messages = {
        "password_mismatch": _("The two new passwords differ. Enter the same one twice."),
        "password_incorrect": _("That is not your present password. Enter it once more."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Present password")
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = PASSWORD_RULES
        self.fields["new_password2"].label = _("New password, once more")
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        new: str = self.cleaned_data["new_password1"]
        if self.user.check_password(new):
            raise ValidationError(_("That is the present password. Choose another one."))
        return new


class FirstAdministratorForm(forms.ModelForm):  # type: ignore[type-arg]
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_RULES,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password, once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Person
        fields = ["employee_number", "name"]

    field_order = ["employee_number", "name", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = self.fields["employee_number"]
        number.label = _("Employee number")
        # What the person types may be full width; it is checked after being made half width.
        number.validators = [check for check in number.validators if check != EMPLOYEE_NUMBER]
        number.widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["name"].label = _("Name")
        self.fields["name"].widget.attrs |= {"autocomplete": "name"}

    def clean_employee_number(self) -> str:
        number = as_typed_number(self.cleaned_data["employee_number"])
        EMPLOYEE_NUMBER(number)
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ. Enter the same one twice."))
        elif first:
            about = Person(employee_number=data.get("employee_number", ""))
            try:
                password_validation.validate_password(first, about)
            except ValidationError as error:
                self.add_error("password1", error)
        return data


class ExampleForm(forms.Form):
    """One field of each kind, for the page of components."""

    name = forms.CharField(label=_("Name"), help_text=_("As it is in the roster."))
    day = forms.DateField(
        label=_("Due day"),
        required=False,
        help_text=_("A day of today or later."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("mandatory", _("mandatory")), ("voluntary", _("voluntary"))],
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    agreed = forms.BooleanField(label=_("I have read it."), required=False)
    attachment = forms.FileField(label=_("File"), required=False)
