"""The admin as a part of this product: its home for each role, its help, its look."""

from collections.abc import Iterator
from typing import Any

from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import LockedPagesPanel, RecentEditsPanel
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses.models import CourseIndexPage, CoursePage
from lms.core.calendar import today
from lms.home.domain import desk
from lms.home.views import admin
from lms.home.viewsets import NoticeViewSet
from lms.people.enums import Role
from quizzes.models import Question


@hooks.register("insert_global_admin_css")
def own_look() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("register_admin_urls")
def register_own_pages() -> list[URLPattern]:
    return [
        path("help/", admin.admin_help, name="admin_help"),
        path("courses/<int:course_id>/check/", admin.check, name="course_check"),
        path("courses/<int:course_id>/usage/", admin.course_usage, name="course_usage"),
    ]


@hooks.register("register_admin_viewset")
def register_notices() -> NoticeViewSet:
    return NoticeViewSet()


@hooks.register("register_help_menu_item")
def register_own_help() -> MenuItem:
    return MenuItem(
        _("How to"), reverse("admin_help"), name="own-help", icon_name="help", order=100
    )


@hooks.register("construct_help_menu")
def keep_help_here(_request: Any, items: list[MenuItem]) -> None:
    """Without what leads to another host: there may be no way out of the office's network."""
    items[:] = [item for item in items if not item.url.startswith(("http:", "https:"))]


class HrDesk(Component):
    order = 10
    template_name = "home/admin/hr_desk.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:  # noqa: ARG002
        return {"desk": desk.hr_desk(on=today())}


class AuthorDesk(Component):
    order = 20
    template_name = "home/admin/author_desk.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        questions = Question.snippet_viewset
        return {
            "desk": desk.author_desk(parent_context["request"].user),
            "course_index": CourseIndexPage.objects.values_list("pk", flat=True).first(),
            "question_edit": questions.get_url_name("edit"),
            "question_list": questions.get_url_name("list"),
        }


@hooks.register("construct_homepage_panels")
def put_desks_first(request: Any, panels: list[Component]) -> None:
    """What waits for the role. Whoever writes no pages does not need Wagtail's lists of pages."""
    writes = request.user.has_role(Role.AUTHOR, Role.DX_OFFICE)
    panels[:] = [
        panel
        for panel in panels
        if writes and not isinstance(panel, RecentEditsPanel | LockedPagesPanel)
    ]
    if request.user.has_role(Role.TRAINING_ADMIN):
        panels.append(HrDesk())
    if writes:
        panels.append(AuthorDesk())


@hooks.register("register_page_header_buttons")
def offer_check_and_usage(page: Page, user: Any, **_context: Any) -> Iterator[Button]:
    is_course = page.pk and issubclass(page.specific_class or Page, CoursePage)
    if is_course and page.permissions_for_user(user).can_edit():
        yield Button(
            _("Check"),
            url=reverse("course_check", args=[page.pk]),
            icon_name="clipboard-list",
            priority=5,
        )
        yield Button(
            _("Use"),
            url=reverse("course_usage", args=[page.pk]),
            icon_name="view",
            priority=6,
        )
