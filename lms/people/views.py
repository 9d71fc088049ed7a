"""The roster and first passwords, in the Wagtail admin."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from lms.core import audit
from lms.core.calendar import today
from lms.core.errors import RuleViolation
from lms.core.tables import CONTENT_TYPES
from lms.people.domain.passwords import issue_passwords
from lms.people.domain.roster.profiles import shipped_profiles
from lms.people.domain.roster.uploads import APPLY, request_apply, upload_roster
from lms.people.exports import password_file
from lms.people.forms import IssuePasswordsForm, RosterApplyForm, RosterUploadForm
from lms.people.models import Person, RosterImport
from lms.people.permissions import can_keep_people, can_see_people

SHOWN_PER_LIST = 50
IMPORTS_PER_PAGE = 20
# Above this share of the staff, HR says once more that so many leave.
MANY_LEAVE = 0.1


@require_http_methods(["GET", "POST"])
def rosters(request: HttpRequest) -> HttpResponse:
    """Upload a roster; below, the imports so far."""
    if not can_see_people(request.user):
        raise PermissionDenied
    form = RosterUploadForm(
        request.POST or None,
        request.FILES or None,
        initial={"as_of": today(), "profile": "auto"},
    )
    if request.method == "POST":
        if not can_keep_people(request.user):
            raise PermissionDenied
        if form.is_valid():
            row = upload_roster(
                form.cleaned_data["file"].chunks(),
                file_name=form.cleaned_data["file"].name,
                profile=form.cleaned_data["profile"] or "auto",
                as_of=form.cleaned_data["as_of"],
                by=_person(request),
                at=timezone.now(),
            )
            return redirect("people_roster", row.pk)
    rows = RosterImport.objects.select_related("uploaded_by", "job").defer("job__result")
    return render(
        request,
        "people/admin/rosters.html",
        {
            "form": form,
            "can_keep": can_keep_people(request.user),
            "page": Paginator(rows, IMPORTS_PER_PAGE).get_page(request.GET.get("p")),
            **_frame(_("Roster imports"), icon="upload"),
        },
    )


def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """One roster: being read, previewed, being applied, or done."""
    if not can_see_people(request.user):
        raise PermissionDenied
    row = get_object_or_404(RosterImport.objects.select_related("job", "uploaded_by"), pk=pk)
    return _roster_page(request, row)


def _roster_page(
    request: HttpRequest, row: RosterImport, form: RosterApplyForm | None = None
) -> HttpResponse:
    job = row.job
    works = bool(job and not job.is_finished)
    applies = bool(job and job.function == APPLY)
    if getattr(request, "htmx", False):
        if not works:
            return HttpResponseClientRefresh()
        context = {"row": row, "job": job, "applies": applies}
        return render(request, "people/admin/_roster_progress.html", context)
    found = {} if works or applies or row.applied_at or not job else job.result
    summary: dict[str, Any] = row.summary if row.applied_at else found.get("summary", {})
    must_confirm = bool(
        summary and found and summary["left"] > found.get("staff_before", 0) * MANY_LEAVE
    )
    profile = shipped_profiles().get(row.profile)
    # What would change says nothing while rows are missing from the picture.
    lists = _lists(request, found["people"] if found and not summary["errors"] else {})
    if shown := sum(len(page) for _key, _title, page in lists):
        # Without the names: they would tell people of transfers that are not public yet.
        audit.record(
            "roster.read", by=_person(request), at=timezone.now(), subject=row, people=shown
        )
    return render(
        request,
        "people/admin/roster.html",
        {
            "row": row,
            "job": job,
            "works": works,
            "applies": applies,
            "summary": summary,
            "staff_before": found.get("staff_before", 0),
            "lists": lists,
            "profile_title": profile.title if profile else row.profile,
            "many_leave": must_confirm,
            "form": form or RosterApplyForm(must_confirm=must_confirm),
            "can_apply": bool(found)
            and bool(summary)
            and not summary["errors"]
            and can_keep_people(request.user),
            **_frame(
                row.file_name, icon="upload", above=(reverse("people_rosters"), _("Roster imports"))
            ),
        },
        status=422 if form and form.errors else 200,
    )


def _lists(
    request: HttpRequest, people: dict[str, list[dict[str, str]]]
) -> list[tuple[str, str, Page[Any]]]:
    titles = {"joined": _("Who joins"), "moved": _("Who moves"), "left": _("Who leaves")}
    return [
        (
            key,
            title,
            Paginator(people.get(key, []), SHOWN_PER_LIST).get_page(request.GET.get(key)),
        )
        for key, title in titles.items()
        if people.get(key)
    ]


@require_POST
def apply_roster(request: HttpRequest, pk: int) -> HttpResponse:
    if not can_keep_people(request.user):
        raise PermissionDenied
    row = get_object_or_404(RosterImport.objects.select_related("job", "uploaded_by"), pk=pk)
    found = row.job.result if row.job and row.job.function != APPLY else {}
    left = found.get("summary", {}).get("left", 0)
    form = RosterApplyForm(
        request.POST, must_confirm=left > found.get("staff_before", 0) * MANY_LEAVE
    )
    if not form.is_valid():
        return _roster_page(request, row, form)
    try:
        request_apply(row, by=_person(request), at=timezone.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
    return redirect("people_roster", pk)


@require_http_methods(["GET", "POST"])
def passwords(request: HttpRequest) -> HttpResponse:
    """First passwords for a unit or for named people, shown once."""
    if not can_keep_people(request.user):
        raise PermissionDenied
    form = IssuePasswordsForm(
        request.POST or None,
        initial={"employee_numbers": request.GET.get("employee_number", ""), "output": "slips"},
    )
    if request.method == "POST" and form.is_valid():
        people = list(form.people(on=today())[: IssuePasswordsForm.MOST + 1])
        if not people:
            form.add_error(None, _("Nobody was found who needs a password."))
        elif len(people) > IssuePasswordsForm.MOST:
            form.add_error(
                None,
                _("These are more than %(most)s people. Choose a smaller unit.")
                % {"most": f"{IssuePasswordsForm.MOST:,}"},
            )
        else:
            return _handed_out(request, people, output=form.cleaned_data["output"])
    without = Person.objects.without_password().posted(on=today()).count()
    return render(
        request,
        "people/admin/passwords.html",
        {"form": form, "without": without, **_frame(_("Initial passwords"), icon="key")},
        status=422 if form.errors else 200,
    )


def _handed_out(request: HttpRequest, people: list[Person], *, output: str) -> HttpResponse:
    chosen = Person.objects.filter(pk__in=[person.pk for person in people])
    units = chosen.with_unit_path(on=today())
    people.sort(
        key=lambda person: (units.get(person.pk, ""), person.name_kana, person.employee_number)
    )
    issued = issue_passwords(people, by=_person(request), at=timezone.now())
    if output == "slips":
        slips = [(units.get(one.person.pk, ""), one) for one in issued]
        context = {"slips": slips, "address": request.build_absolute_uri("/")}
        response = render(request, "people/admin/slips.html", context)
    else:
        response = HttpResponse(
            password_file(issued, units, kind=output), content_type=CONTENT_TYPES[output]
        )
        name = f"{_('initial password')}_{today().isoformat()}.{output}"
        response["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=name
        )
    add_never_cache_headers(response)
    return response


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def _frame(title: str, *, icon: str, above: tuple[str, str] | None = None) -> dict[str, Any]:
    """What the head of an admin page needs."""
    crumbs = [
        {"url": reverse("wagtailadmin_home"), "label": _("Home")},
        {"url": reverse("person:index"), "label": _("people")},
        *([{"url": above[0], "label": above[1]}] if above else []),
        {"url": "", "label": title},
    ]
    return {
        "breadcrumbs_items": crumbs,
        "header_title": title,
        "page_title": title,
        "header_icon": icon,
    }
