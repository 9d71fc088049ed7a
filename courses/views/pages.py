"""The pages of a course as the person who reads them sees them."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from courses import permissions
from courses.domain import learning, places, viewings
from courses.models import CourseIndexPage, CoursePage, LessonPage, Offering
from lms.core.calendar import today
from lms.people.models import Person

# From this many days before the due day the list says so with emphasis.
SOON = dt.timedelta(days=7)


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person


def course_index(request: PersonRequest, page: CourseIndexPage) -> HttpResponse:
    on = today()
    reads_all = permissions.can_read_every_course(request.user)
    context = page.get_context(request) | {
        "today": on,
        "soon": on + SOON,
        "mine": learning.mine(request.user, on=on),
        "offered": Offering.objects.offered_to(request.user, on=on).select_related("course"),
        "every_course": CoursePage.objects.live().order_by("title") if reads_all else None,
    }
    return render(request, page.template, context)


def course(request: PersonRequest, page: CoursePage) -> HttpResponse:
    on = today()
    enrolment = learning.enrolment_for(request.user, page, on=on)
    context: dict[str, Any] = page.get_context(request) | {"today": on, "enrolment": enrolment}
    if enrolment is not None:
        states = learning.outline(enrolment)
        context |= {
            "states": states,
            "done": sum(state.is_completed for state in states),
            "next_step": learning.next_step(states),
            "obstacle": learning.obstacle(enrolment, on=on),
            "is_late": bool(
                enrolment.due_on and enrolment.due_on < on and enrolment.completed_at is None
            ),
        }
    else:
        offered = Offering.objects.filter(course=page).offered_to(request.user, on=on)
        context["states"] = learning.preview_outline(page)
        context["offering"] = offered.order_by("-fiscal_year", "pk").first()
        if context["offering"] is None and not permissions.can_read_every_course(request.user):
            raise Http404
    return render(request, page.template, context)


def lesson(request: PersonRequest, page: LessonPage) -> HttpResponse:
    on = today()
    parent = CoursePage.objects.parent_of(page).get()
    enrolment = learning.enrolment_for(request.user, parent, on=on)
    states = (
        learning.outline(enrolment) if enrolment is not None else learning.preview_outline(parent)
    )
    place = learning.around(states, page)
    if place is None or (
        enrolment is None and not permissions.can_see_course(request.user, parent, on=on)
    ):
        raise Http404
    reads_all = permissions.can_read_every_course(request.user)
    is_readable = not place.state.is_locked and (enrolment is not None or reads_all)
    watched = viewings.of_lesson(enrolment, page) if is_readable else {}
    context = page.get_context(request) | {
        "course": parent,
        "enrolment": enrolment,
        "place": place,
        "total": len(states),
        "next_step": learning.next_step(states) if enrolment is not None else None,
        "obstacle": learning.obstacle(enrolment, on=on) if enrolment is not None else "",
        "left_off": places.left_off(enrolment, page) if enrolment is not None else None,
        "is_readable": is_readable,
        "watched": watched,
        "missing": [state for state in watched.values() if state.is_missing],
    }
    return render(request, page.template, context)
