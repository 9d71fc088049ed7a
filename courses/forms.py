from django import forms
from django.utils.translation import gettext_lazy as _

from courses.domain.certificates import read_code


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
