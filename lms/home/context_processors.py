from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from lms.core.calendar import today
from lms.home.domain.navigation import access_of
from lms.people.models import Person


@dataclass(frozen=True)
class NavigationItem:
    label: str
    href: str
    # As aria-current has it: "page" on the page itself, "true" below it, "" elsewhere.
    current: str


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs. The menu is only asked for by pages that show one."""
    return {
        "product_name": settings.WAGTAIL_SITE_NAME,
        "is_demo": settings.DEMO,
        "navigation": SimpleLazyObject(lambda: navigation(request)),
    }


def navigation(request: HttpRequest) -> list[NavigationItem]:
    person = getattr(request, "user", None)
    if not isinstance(person, Person) or not person.is_authenticated:
        return []
    access = access_of(person, on=today())
    places = [(gettext("My page"), reverse("home")), (gettext("Courses"), "/courses/")]
    places.append((gettext("Notices to everybody"), reverse("notices")))
    if access.reports:
        places.append((gettext("Reports"), reverse("completion_report")))
    if access.admin:
        places.append((gettext("Administration"), reverse("wagtailadmin_home")))
    return [NavigationItem(label, href, _current(href, request.path)) for label, href in places]


def _current(href: str, path: str) -> str:
    if path == href:
        return "page"
    return "true" if href != reverse("home") and path.startswith(href) else ""
