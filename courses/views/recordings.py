"""Videos, audio and their captions, for whoever sees a lesson that shows them."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from courses import permissions
from courses.models import Recording
from courses.views.pages import PersonRequest
from lms.core.calendar import today
from lms.core.ranges import in_parts


def _playable(request: PersonRequest, recording_id: int) -> Recording:
    recording = get_object_or_404(Recording, pk=recording_id)
    if not permissions.can_play(request.user, recording, on=today()):
        raise Http404
    return recording


@login_required
@require_safe
def file(request: PersonRequest, recording_id: int) -> HttpResponseBase:
    recording = _playable(request, recording_id)
    try:
        opened = recording.file.open("rb")
    except OSError as error:
        raise Http404 from error
    response = in_parts(
        request,
        opened,
        size=recording.file.size,
        content_type=recording.content_type,
        version=f"{recording.pk}-{recording.file.size}",
    )
    response["Cache-Control"] = "private, max-age=86400"
    return response


@login_required
@require_safe
def captions(request: PersonRequest, recording_id: int) -> HttpResponse:
    recording = _playable(request, recording_id)
    if not recording.captions:
        raise Http404
    return HttpResponse(recording.captions, content_type="text/vtt; charset=utf-8")
