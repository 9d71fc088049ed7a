"""What a learner does: start, complete a lesson, enrol by own wish. POST only, then redirect."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from wagtail.models import Page, Revision

from courses.domain import completion, enrolments, learning, places, viewings
from courses.forms import ViewingForm
from courses.models import Audience, Enrolment, LessonPage, Offering
from courses.views.pages import PersonRequest
from lms.core.calendar import today
from lms.core.errors import RuleViolation
from lms.people.models import Person


def _own_enrolment(request: PersonRequest, enrolment_id: int) -> Enrolment:
    return get_object_or_404(
        Enrolment.objects.filter(person=request.user).select_related("offering__course"),
        pk=enrolment_id,
    )


def _to(page: Page, request: PersonRequest) -> HttpResponse:
    address = page.get_url(request)
    if address is None:
        raise Http404
    return redirect(address)


@login_required
@require_POST
def start(request: PersonRequest, enrolment_id: int) -> HttpResponse:
    enrolment = _own_enrolment(request, enrolment_id)
    try:
        completion.start(enrolment, at=timezone.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return _to(enrolment.offering.course, request)
    following = learning.next_step(learning.outline(enrolment))
    return _to(following.page if following else enrolment.offering.course, request)


@login_required
@require_POST
def complete_lesson(request: PersonRequest, enrolment_id: int, page_id: int) -> HttpResponse:
    """Only lessons are completed by saying so; other kinds of step decide for themselves."""
    enrolment = _own_enrolment(request, enrolment_id)
    course = enrolment.offering.course
    lesson = get_object_or_404(LessonPage.objects.child_of(course).live(), pk=page_id)
    was_completed = enrolment.completed_at is not None
    try:
        enrolment = viewings.complete_lesson(
            enrolment,
            lesson,
            revision=_seen_revision(request.POST.get("revision", ""), lesson),
            read=request.POST.getlist("read"),
            at=timezone.now(),
        )
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return _to(lesson, request)
    if enrolment.completed_at is not None and not was_completed:
        messages.success(request, gettext("You have completed this course. Well done!"))
        return _to(course, request)
    following = learning.next_step(learning.outline(enrolment))
    return _to(following.page if following else course, request)


@login_required
@require_POST
def keep_place(request: PersonRequest, enrolment_id: int, page_id: int) -> HttpResponse:
    """Sent by the lesson's page as it is read; nothing on it depends on the answer."""
    enrolment = _own_enrolment(request, enrolment_id)
    lessons = LessonPage.objects.child_of(enrolment.offering.course).live()
    lesson = get_object_or_404(lessons, pk=page_id)
    places.keep(enrolment, lesson, section=request.POST.get("section", ""), at=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@login_required
@require_POST
def keep_viewing(
    request: PersonRequest, enrolment_id: int, page_id: int, recording_id: int
) -> HttpResponse:
    """Sent while a recording plays; answers how far the person is, in words."""
    enrolment = _own_enrolment(request, enrolment_id)
    lessons = LessonPage.objects.child_of(enrolment.offering.course).live()
    lesson = get_object_or_404(lessons, pk=page_id)
    shown = {recording.pk: recording for recording in lesson.recordings}
    recording = shown.get(recording_id)
    if recording is None:
        raise Http404
    form = ViewingForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    viewing = viewings.keep(enrolment, recording, **form.cleaned_data, at=timezone.now())
    state = viewings.watched(recording, viewing, must_be_watched=lesson.recordings[recording])
    return JsonResponse(
        {"told": state.told, "seconds": state.seconds, "isMissing": state.is_missing}
    )


def _seen_revision(key: str, lesson: LessonPage) -> Revision | None:
    """The revision that was on the screen, if it is one of this page and no later draft."""
    seen = (
        Revision.objects.for_instance(lesson)
        .filter(pk=int(key), pk__lte=lesson.live_revision_id or 0)
        .first()
        if key.isascii() and key.isdecimal() and len(key) < 16  # noqa: PLR2004
        else None
    )
    return seen or lesson.live_revision


@login_required
@require_POST
def enrol(request: PersonRequest, slug: str) -> HttpResponse:
    offering = get_object_or_404(
        Offering.objects.filter(course__live=True).select_related("course"), slug=slug
    )
    if not _concerns(offering, request.user):
        raise Http404
    try:
        enrolments.enrol_self(request.user, offering, at=timezone.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return _to(offering.course.get_parent(), request)
    messages.success(request, gettext("You are enrolled. Start whenever you like."))
    return _to(offering.course, request)


def _concerns(offering: Offering, person: Person) -> bool:
    audiences = Audience.objects.containing(person, on=today())
    return (
        audiences.filter(pk=offering.audience_id).exists()
        or offering.enrolments.filter(person=person).exists()
    )
