"""Pages of ours among Wagtail's."""

from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from wagtail.admin.views.account import (
    AccountView,
    NotificationsSettingsPanel,
    ThemeSettingsPanel,
)

from courses.models import CoursePage
from lms.home.domain import checking, usage
from lms.people.enums import Role
from lms.people.models import Person
from quizzes.models import Question


class AdminAccountView(AccountView):
    """How the admin looks, and what it writes about. Name, password and language have one page
    for everybody, /account/; pictures of people are not collected.
    """

    def get_panels(self) -> list[Any]:
        panels = super().get_panels()
        return [
            panel
            for panel in panels
            if isinstance(panel, NotificationsSettingsPanel | ThemeSettingsPanel)
        ]


@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """There is one page to sign in."""
    there = request.GET.get("next") or reverse("wagtailadmin_home")
    return redirect(f"{reverse('login')}?{urlencode({'next': there})}")


@require_safe
def admin_help(request: HttpRequest) -> HttpResponse:
    person = cast(Person, request.user)
    return render(
        request,
        "home/admin/help.html",
        {
            "is_hr": person.has_role(Role.TRAINING_ADMIN),
            "is_author": person.has_role(Role.AUTHOR, Role.DX_OFFICE),
            **frame(gettext("Help"), icon="help"),
        },
    )


@require_safe
def check(request: HttpRequest, course_id: int) -> HttpResponse:
    """What is worth mending in a course, page by page."""
    page = get_object_or_404(CoursePage, pk=course_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    pages = checking.check(page.get_latest_revision_as_object())
    title = gettext("Check of “%(course)s”") % {"course": page.get_admin_display_title()}
    course = (
        reverse("wagtailadmin_explore", args=[page.pk]),
        page.get_admin_display_title(),
    )
    return render(
        request,
        "home/admin/check.html",
        {
            "pages": pages,
            "found": sum(len(checked.advice) for checked in pages),
            **frame(title, icon="clipboard-list", above=course),
        },
    )


@require_safe
def course_usage(request: HttpRequest, course_id: int) -> HttpResponse:
    """How the course is used, in numbers without names."""
    page = get_object_or_404(CoursePage, pk=course_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    title = gettext("Use of “%(course)s”") % {"course": page.get_admin_display_title()}
    course = (
        reverse("wagtailadmin_explore", args=[page.pk]),
        page.get_admin_display_title(),
    )
    return render(
        request,
        "home/admin/usage.html",
        {
            "usage": usage.usage(page),
            "fewest": usage.FEWEST_PEOPLE,
            "question_edit": Question.snippet_viewset.get_url_name("edit"),
            **frame(title, icon="view", above=course),
        },
    )


def frame(title: str, *, icon: str, above: tuple[str, str] | None = None) -> dict[str, Any]:
    """What the head of an admin page needs."""
    return {
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": gettext("Home")},
            *([{"url": above[0], "label": above[1]}] if above else []),
            {"url": "", "label": title},
        ],
        "header_title": title,
        "page_title": title,
        "header_icon": icon,
    }
