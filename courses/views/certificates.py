"""Certificates: one's own list, printing, and the page on which anybody checks one."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.domain import certificates
from courses.forms import CertificateCodeForm
from courses.models import Certificate
from lms.core.pdf import MissingGlyphs
from lms.people.models import Person

PAGE_SIZE = 50


def _unlisted(response: HttpResponse) -> HttpResponse:
    """No search engine keeps a page with a name on it."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise Http404
    return request.user


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    own = (
        Certificate.objects.filter(enrolment__person=_person(request))
        .select_related("enrolment__offering")
        .order_by("-completed_on", "-pk")
    )
    page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "courses/certificates.html", {"page": page})


@require_safe
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Where a code is typed. It leads to the page of the certificate."""
    form = CertificateCodeForm(request.GET or None)
    if form.is_valid():
        return redirect("certificate", code=form.cleaned_data["code"])
    return _unlisted(render(request, "courses/certificate_verify.html", {"form": form}))


@require_safe
@never_cache
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """Says to anybody who holds the code that the certificate is genuine, and what it says."""
    canonical = certificates.read_code(code)
    if canonical and canonical != code:
        return _unlisted(redirect("certificate", code=canonical))
    certificate = Certificate.objects.filter(code=canonical).first() if canonical else None
    if certificate is None:
        form = CertificateCodeForm(initial={"code": code})
        page = render(
            request,
            "courses/certificate_unknown.html",
            {"form": form, "code": code},
            status=HTTPStatus.NOT_FOUND,
        )
        return _unlisted(page)
    user = request.user
    may_print = (
        isinstance(user, Person)
        and certificates.visible_to(user).filter(pk=certificate.pk).exists()
    )
    context = {"certificate": certificate, "may_print": may_print}
    return _unlisted(render(request, "courses/certificate.html", context))


@require_safe
@login_required
@never_cache
def print_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF, for its owner and for HR."""
    person = _person(request)
    certificate = (
        certificates.visible_to(person)
        .filter(code=certificates.read_code(code) or "")
        .select_related("enrolment__person")
        .first()
    )
    if certificate is None:
        raise Http404
    try:
        content = certificates.document(certificate)
    except MissingGlyphs as problem:
        page = render(
            request,
            "courses/certificate_unprintable.html",
            {"certificate": certificate, "problem": problem},
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
        return _unlisted(page)
    certificates.note_reading(certificate, by=person, at=timezone.now())
    name = gettext("certificate_%(serial)s.pdf") % {"serial": certificate.serial}
    disposition = content_disposition_header(as_attachment=False, filename=name)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = disposition or "inline"
    return _unlisted(response)
