from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.documents.models import Document
from wagtail.models import Page, ReferenceIndex
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from courses import permissions
from courses.domain import enrolments, previewing
from courses.domain.records import records_of
from courses.forms import CourseCopyForm
from courses.models import CourseIndexPage, CoursePage, LessonPage, Recording, StepPage
from courses.views import enrolments as enrolment_views
from courses.views import pages
from courses.viewsets import CourseAdminGroup, RecordingViewSet
from lms.core.calendar import today

# Set here because forms and rules stand above models.
CoursePage.copy_form_class = CourseCopyForm


def _course_as_learner(course: CoursePage, mode: str) -> dict[str, Any]:
    return previewing.context(course, mode, at=timezone.now())


def _lesson_as_learner(lesson: LessonPage, mode: str) -> dict[str, Any]:
    return previewing.lesson_context(lesson, mode, at=timezone.now())


CoursePage.learner_preview_modes = previewing.modes
CoursePage.learner_preview_context = _course_as_learner
LessonPage.learner_preview_modes = previewing.step_modes
LessonPage.learner_preview_context = _lesson_as_learner

register_snippet(RecordingViewSet)


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


@hooks.register("register_admin_viewset")
def register_course_admin() -> CourseAdminGroup:
    return CourseAdminGroup()


@hooks.register("register_admin_urls")
def register_enrolment_urls() -> list[URLPattern]:
    return [
        path(
            "offerings/<int:offering_id>/enrolments/",
            enrolment_views.enrolment_list,
            name="offering_enrolments",
        ),
        path(
            "offerings/<int:offering_id>/enrolments/release/",
            enrolment_views.release,
            name="offering_release",
        ),
        path(
            "enrolments/<int:enrolment_id>/", enrolment_views.enrolment, name="offering_enrolment"
        ),
        path("releases/<int:release_id>/end/", enrolment_views.end_release, name="release_end"),
    ]


@hooks.register("before_delete_page")
def keep_what_records_point_at(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Records say which page was read. Such a page can be unpublished, never deleted."""
    found = records_of(page)
    if not found:
        return None
    messages.error(
        request,
        gettext(
            "“%(page)s” cannot be deleted: records of %(count)s people point at it. Unpublish it "
            "instead; the records stay as they are."
        )
        % {"page": page.get_admin_display_title(), "count": f"{found:,}"},
    )
    return redirect("wagtailadmin_explore", page.get_parent().pk)


@hooks.register("after_publish_page")
@hooks.register("after_unpublish_page")
def sync_after_publishing(request: Any, page: Page) -> None:
    """Offerings may wait for a new course, and people for a step that is gone."""
    if isinstance(page, (CoursePage, StepPage)):
        enrolments.request_sync(by=request.user, at=timezone.now())


@hooks.register("before_delete_snippet")
def keep_recordings_in_use(request: HttpRequest, instances: Sequence[Any]) -> HttpResponse | None:
    """A lesson that shows it would lose it, and so would the records of who played it."""
    used = [
        one
        for one in instances
        if isinstance(one, Recording)
        and (ReferenceIndex.get_references_to(one).exists() or one.viewings.exists())
    ]
    if not used:
        return None
    for one in used:
        messages.error(
            request,
            gettext(
                "“%(title)s” cannot be deleted: a lesson shows it, or people have played it. Take "
                "it out of the lessons instead; the records stay as they are."
            )
            % {"title": one},
        )
    return redirect("wagtailsnippets_courses_recording:list")


@hooks.register("after_delete_snippet")
def delete_their_files(_request: HttpRequest, instances: Sequence[Any]) -> None:
    for one in instances:
        if isinstance(one, Recording):
            transaction.on_commit(partial(one.file.delete, save=False))


@hooks.register("after_edit_snippet")
def find_lessons_by_the_new_transcript(_request: Any, recording: Any) -> None:
    if isinstance(recording, Recording):
        shown_in = ReferenceIndex.get_references_to(recording).values_list("object_id", flat=True)
        for lesson in LessonPage.objects.filter(pk__in=[int(key) for key in shown_in]):
            index.insert_or_update_object(lesson)
