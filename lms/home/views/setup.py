from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lms.core.errors import RuleViolation
from lms.home.domain.setup import create_first_administrator, is_usable
from lms.home.forms import FirstAdministratorForm


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Where the one-time link leads: the form that makes the first administrator."""
    now = timezone.now()
    if not is_usable(token, at=now):
        return render(request, "account/setup_closed.html", status=410)
    form = FirstAdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            person = create_first_administrator(
                token,
                employee_number=facts["employee_number"],
                name=facts["name"],
                password=facts["password1"],
                at=now,
            )
        except RuleViolation:
            return render(request, "account/setup_closed.html", status=410)
        login(request, person)
        messages.success(request, gettext("You are the administrator. Import the roster next."))
        return redirect("home")
    return render(request, "account/setup.html", {"form": form})
