from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from wagtail import hooks
from wagtail.documents.models import Document
from wagtail.models import Page

from courses import permissions
from courses.models import CourseIndexPage, CoursePage, LessonPage, StepPage
from courses.views import pages
from lms.core.calendar import today


@hooks.register("before_serve_page", order=-10)
def serve_course(
    page: Page, request: Any, _args: list[Any], _kwargs: dict[str, Any]
) -> HttpResponse | None:
    """Every page asks who reads it, which the models do not know. Strangers find nothing."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if isinstance(page, CourseIndexPage):
        return pages.course_index(request, page)
    if isinstance(page, CoursePage):
        return pages.course(request, page)
    if isinstance(page, LessonPage):
        return pages.lesson(request, page)
    if isinstance(page, StepPage):
        course = CoursePage.objects.parent_of(page).get()
        if not permissions.can_see_course(request.user, course, on=today()):
            raise Http404
    return None


@hooks.register("before_serve_document", order=-10)
def serve_document_to_staff(_document: Document, request: HttpRequest) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return None
