import json
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from lms.core.addresses import origin
from lms.core.calendar import today
from lms.core.tables import CONTENT_TYPES
from lms.home.domain import record as record_of
from lms.home.domain.account import (
    change_password,
    choose_language,
    choose_text_size,
    record_failed_sign_in,
)
from lms.home.exports import own_data
from lms.home.forms import ChangePasswordForm, SignInForm
from lms.people.enums import TextSize
from lms.people.models import Person

ENTRIES_A_PAGE = 20


def _wanted(request: HttpRequest) -> str:
    """Where the person was going, if that is on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else ""


def _address_of(request: HttpRequest) -> str:
    return origin(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def _demo_accounts() -> list[dict[str, str]]:
    """The accounts that the demo leaves in a file for this page to show; only in a demo."""
    path = settings.DATA_DIR / "demo_accounts.json"
    if not settings.DEMO or not path.exists():
        return []
    accounts: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return accounts


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        # Never on to ``next``: whoever sent a signed-in person here would send them back again.
        return redirect("home")
    address = _address_of(request)
    form = SignInForm(request.POST or None, request=request, address=address)
    if request.method == "POST" and form.is_valid() and form.person:
        login(request, form.person)
        response = redirect(_wanted(request) or "home")
        if form.person.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.person.language)
        return response
    if form.was_refused:
        number = form.cleaned_data["username"]
        record_failed_sign_in(employee_number=number, address=address, at=timezone.now())
    context = {"form": form, "next": _wanted(request), "demo_accounts": _demo_accounts()}
    return render(request, "account/login.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Whoever is next at this PC finds it in the product's own language."""
    logout(request)
    messages.success(request, gettext("You are signed out."))
    response = redirect("login")
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


def language(request: HttpRequest) -> HttpResponse:
    """Kept by the browser, and for whoever is signed in also with their account."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        choose_language(request.user, chosen)
    response: HttpResponse = set_language(request)
    return response


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    person = cast(Person, request.user)
    form = ChangePasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_password(person, new=form.cleaned_data["new_password1"], at=timezone.now())
        update_session_auth_hash(request, person)
        messages.success(request, gettext("Your password is changed."))
        return redirect("home")
    return render(request, "account/password.html", {"form": form})


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """What is stored about the person who looks, and why."""
    person = cast(Person, request.user)
    on = today()
    context: dict[str, Any] = {
        "person": person,
        "today": on,
        "postings": person.postings.public(on=on).select_related(
            "unit", "position", "employment_type"
        ),
        "leaves": person.leaves.filter(starts_on__lte=on),
        "appointments": person.appointments.filter(starts_on__lte=on).select_related("unit"),
        "text_sizes": TextSize.choices,
    }
    return render(request, "account/account.html", context)


@never_cache
@login_required
@require_safe
def own_data_file(request: HttpRequest) -> HttpResponse:
    """One's own data to take along; nobody else's can be asked for."""
    person = cast(Person, request.user)
    name = f"{gettext('my-training-data')}-{today():%Y%m%d}.xlsx"
    response = HttpResponse(own_data(person, on=today()), content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@login_required
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """Who has looked at one's own data or changed it, and which lists may have held it."""
    person, on = cast(Person, request.user), today()
    shows_lists = request.GET.get("of") == "lists"
    entries = record_of.lists_with(person) if shows_lists else record_of.by_others(person, on=on)
    page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    read = record_of.list_lines if shows_lists else record_of.lines
    context = {"page": page, "lines": read(page, on=on), "shows_lists": shows_lists}
    return render(request, "account/record.html", context)


@login_required
@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    size = request.POST.get("size")
    if size not in TextSize.values:
        raise BadRequest(gettext("Choose one of the sizes."))
    choose_text_size(cast(Person, request.user), TextSize(size))
    return redirect(_wanted(request) or "account")
