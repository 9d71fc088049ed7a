"""Enrolments in the admin, for HR: who is in an offering, waive, withdraw and take back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.auth import require_admin_access

from courses import permissions
from courses.domain import enrolments
from courses.enums import ReleaseKind, Status
from courses.forms import EndReleaseForm, EnrolmentFilterForm, ReleaseForm
from courses.models import Enrolment, Offering, Release
from lms.core.calendar import today
from lms.core.errors import RuleViolation
from lms.core.models import AuditEntry
from lms.core.text import search_key
from lms.people.domain.reading import record_list_read, record_reading
from lms.people.models import Person, Posting, Unit

PAGE_SIZE = 50
REFUSALS_SHOWN = 10


def _hr(request: HttpRequest) -> Person:
    person = request.user
    if not isinstance(person, Person) or not permissions.can_manage_enrolments(person):
        raise PermissionDenied
    return person


def _filtered(offering: Offering, form: EnrolmentFilterForm) -> QuerySet[Enrolment]:
    on = today()
    found = Enrolment.objects.filter(offering=offering).with_status(on=on)
    told = form.cleaned_data if form.is_valid() else {}
    if status := told.get("status"):
        found = found.filter(status=status)
    if unit := told.get("unit"):
        people = Person.objects.in_units(Unit.objects.below([unit.path]), on=on)
        found = found.filter(person__in=people)
    if key := search_key(told.get("q", "")):
        found = found.filter(person__search_key__contains=key)
    return found.select_related("person").order_by(
        "person__name_kana", "person__employee_number", "pk"
    )


def _crumbs(offering: Offering, *more: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"url": reverse("offering:index"), "label": gettext("Offerings")},
        {"url": reverse("offering:edit", args=[offering.pk]), "label": offering.slug},
        *more,
    ]


def _list(
    request: HttpRequest, offering: Offering, release_form: ReleaseForm | None = None
) -> HttpResponse:
    form = EnrolmentFilterForm(request.GET)
    found = _filtered(offering, form)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    posts = {
        post.person_id: post
        for post in Posting.objects.primary()
        .in_force(on=today())
        .filter(person__in=[enrolment.person_id for enrolment in page])
        .select_related("unit", "position")
    }
    counts = dict(
        Enrolment.objects.filter(offering=offering)
        .with_status(on=today())
        .order_by()
        .values_list("status")
        .annotate(count=Count("pk"))
    )
    record_list_read(
        Enrolment._meta.label_lower,
        [enrolment.person for enrolment in page],
        by=request.user,
        at=timezone.now(),
        subject=offering,
    )
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "courses/admin/enrolments.html",
        {
            "offering": offering,
            "header_title": gettext("Enrolments"),
            "header_icon": "group",
            "breadcrumbs_items": _crumbs(offering, {"url": "", "label": gettext("Enrolments")}),
            "form": form,
            "page": page,
            "rows": [(enrolment, posts.get(enrolment.person_id)) for enrolment in page],
            "counts": [(status.label, counts.get(status.value, 0)) for status in Status],
            "total": sum(counts.values()),
            "release_form": release_form or ReleaseForm(initial={"starts_on": today()}),
            "today": today(),
            "query": query.urlencode(),
        },
        status=422 if release_form else 200,
    )


@require_admin_access
@require_safe
def enrolment_list(request: HttpRequest, offering_id: int) -> HttpResponse:
    _hr(request)
    offering = get_object_or_404(Offering.objects.select_related("course"), pk=offering_id)
    return _list(request, offering)


@require_admin_access
@require_POST
def release(request: HttpRequest, offering_id: int) -> HttpResponse:
    """Waive or withdraw the people that are ticked, or all whom the filter shows."""
    hr = _hr(request)
    offering = get_object_or_404(Offering.objects.select_related("course"), pk=offering_id)
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return _list(request, offering, form)
    chosen = _filtered(offering, EnrolmentFilterForm(request.GET))
    if not request.POST.get("everybody"):
        keys = [
            key for key in request.POST.getlist("enrolment") if key.isascii() and key.isdecimal()
        ]
        chosen = chosen.filter(pk__in=keys)
    done, refusals = _release_each(list(chosen), form.cleaned_data, by=hr)
    if not done and not refusals:
        messages.error(request, gettext("Nobody was chosen. Tick the people in the list first."))
    if done:
        messages.success(
            request,
            ngettext("Recorded for %(count)s person.", "Recorded for %(count)s people.", done)
            % {"count": f"{done:,}"},
        )
    for refusal in refusals[:REFUSALS_SHOWN]:
        messages.warning(request, refusal)
    if len(refusals) > REFUSALS_SHOWN:
        messages.warning(
            request,
            gettext("Not possible for %(count)s people in all.") % {"count": f"{len(refusals):,}"},
        )
    address = reverse("offering_enrolments", args=[offering.pk])
    return redirect(f"{address}?{request.GET.urlencode()}")


def _release_each(
    chosen: list[Enrolment], told: dict[str, Any], *, by: Person
) -> tuple[int, list[str]]:
    at = timezone.now()
    done, refusals = 0, []
    for enrolment in chosen:
        try:
            if told["kind"] == ReleaseKind.WAIVER:
                enrolments.waive(
                    enrolment,
                    starts_on=told["starts_on"],
                    ends_on=told["ends_on"],
                    reason=told["reason"],
                    by=by,
                    at=at,
                )
            else:
                enrolments.withdraw(
                    enrolment, starts_on=told["starts_on"], reason=told["reason"], by=by, at=at
                )
            done += 1
        except RuleViolation as violation:
            refusals.append(str(violation))
    return done, refusals


@require_admin_access
@require_safe
def enrolment(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    hr = _hr(request)
    found = get_object_or_404(
        Enrolment.objects.with_status(on=today()).select_related(
            "person", "offering__course", "certificate"
        ),
        pk=enrolment_id,
    )
    record_reading(found, of=found.person, by=hr, at=timezone.now(), action="enrolment.read")
    return render(
        request,
        "courses/admin/enrolment.html",
        {
            "enrolment": found,
            "post": found.person.posting(on=today()),
            "header_title": found.person.name,
            "header_icon": "user",
            "breadcrumbs_items": _crumbs(
                found.offering,
                {
                    "url": reverse("offering_enrolments", args=[found.offering_id]),
                    "label": gettext("Enrolments"),
                },
                {"url": "", "label": found.person.name},
            ),
            "steps": found.steps.select_related("page").order_by("completed_at"),
            "releases": found.releases.select_related("decided_by"),
            "end_form": EndReleaseForm(initial={"ends_on": today()}),
            "entries": AuditEntry.objects.filter(
                subject=f"{Enrolment._meta.label_lower}:{found.pk}"
            ).select_related("actor"),
            "today": today(),
        },
    )


@require_admin_access
@require_POST
def end_release(request: HttpRequest, release_id: int) -> HttpResponse:
    hr = _hr(request)
    found = get_object_or_404(Release.objects.select_related("enrolment"), pk=release_id)
    form = EndReleaseForm(request.POST)
    if form.is_valid():
        try:
            enrolments.end_release(
                found, ends_on=form.cleaned_data["ends_on"], by=hr, at=timezone.now()
            )
            messages.success(request, gettext("The last day is recorded."))
        except RuleViolation as violation:
            messages.error(request, str(violation))
    else:
        messages.error(request, gettext("Write the last day like 2026-04-01."))
    return redirect("offering_enrolment", found.enrolment_id)
