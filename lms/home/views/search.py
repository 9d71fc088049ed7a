import datetime as dt
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.permissions import can_read_every_course
from lms.core.calendar import today
from lms.home.domain import search as finding
from lms.home.domain.search import Found
from lms.people.models import Person
from lms.people.permissions import can_see_people

HITS_A_PAGE = 20
PAGES, PEOPLE = "pages", "people"


@never_cache
@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Courses and lessons, and for those who may see them, people."""
    viewer = cast(Person, request.user)
    on = today()
    query = finding.tidy(request.GET.get("q", ""))
    finds_people = finding.can_find_people(viewer, on=on)
    context: dict[str, Any] = {
        "query": query,
        "finds_people": finds_people,
        "reads_all": can_read_every_course(viewer),
        "hits_of": PAGES,
    }
    if not query:
        return render(request, "home/search.html", context)
    pages = Paginator(finding.find_pages(query, viewer=viewer, on=on), HITS_A_PAGE)
    context["pages_count"] = pages.count
    if finds_people:
        people = Paginator(finding.find_people(query, viewer=viewer, on=on), HITS_A_PAGE)
        context["people_count"] = people.count
        kind = request.GET.get("kind", "")
        # Whoever types a name does not want to be told that no lesson holds it.
        if kind == PEOPLE or (kind != PAGES and people.count and not pages.count):
            context |= _people(request, people, query=query, viewer=viewer, on=on)
            return render(request, "home/search.html", context)
    context |= _pages(request, pages, query=query, viewer=viewer, on=on)
    return render(request, "home/search.html", context)


def _pages(
    request: HttpRequest, found: Paginator[Found], *, query: str, viewer: Person, on: dt.date
) -> dict[str, Any]:
    page = found.get_page(request.GET.get("page"))
    return {
        "hits": finding.show_pages(list(page), query, viewer=viewer, on=on),
        "page": page,
        "kept": urlencode({"q": query, "kind": PAGES}),
    }


def _people(
    request: HttpRequest, found: Paginator[Person], *, query: str, viewer: Person, on: dt.date
) -> dict[str, Any]:
    page = found.get_page(request.GET.get("page"))
    people = finding.show_people(list(page), viewer=viewer, on=on)
    if finding.sees_everybody(viewer):
        finding.record_people_read(query, list(page), by=viewer, at=timezone.now())
    opens_records = can_see_people(viewer)
    return {
        "hits_of": PEOPLE,
        "people": people,
        "opens_records": opens_records,
        "offering": None if opens_records else finding.newest_mandatory(on=on),
        "page": page,
        "kept": urlencode({"q": query, "kind": PEOPLE}),
    }
