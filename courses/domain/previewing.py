"""A course as one of its audiences sees it, for its author: nobody is enrolled, nothing is kept."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from courses.domain import learning
from courses.enums import Status
from courses.models import CoursePage, Enrolment, Offering

OFFERINGS_SHOWN = 5
MIDDLE, DONE = Status.IN_PROGRESS, Status.COMPLETED


def modes(course: CoursePage) -> list[tuple[str, str]]:
    """Name and label of each view: the audience of every recent offering, at each stage."""
    offerings = course.offerings.select_related("audience").order_by("-fiscal_year", "slug")
    found = []
    for offering in offerings[:OFFERINGS_SHOWN]:
        stages = [Status.NOT_STARTED, MIDDLE, DONE]
        for stage in stages if offering.is_mandatory else [None, *stages]:
            label = stage.label if stage else gettext("may take it")
            found.append(
                (
                    f"{offering.pk}:{stage or ''}",
                    f"{offering.slug}・{offering.audience}：{label}",
                )
            )
    return found


def context(course: CoursePage, mode: str, *, at: dt.datetime) -> dict[str, Any]:
    """What courses.views.pages.course would give somebody of the offering's audience."""
    key, _, stage = mode.partition(":")
    offering = Offering.objects.filter(course_id=course.pk, pk=int(key)).first()
    on = timezone.localdate(at)
    if offering is None:
        return {}
    offering.course = course
    if not stage:
        return {"today": on, "offering": offering, "states": learning.preview_outline(course)}
    enrolment = Enrolment(
        pk=0,
        offering=offering,
        assigned_on=on,
        due_on=offering.due_for(on),
        started_at=at if stage != Status.NOT_STARTED else None,
        completed_at=at if stage == DONE else None,
    )
    enrolment.status = stage
    steps = learning.live_steps(course)
    done = {DONE: len(steps), MIDDLE: len(steps) // 2}.get(Status(stage), 0)
    states = [
        learning.StepState(
            page,
            number,
            completed_at=at if number <= done else None,
            lock_reason=gettext("Complete “%(step)s” first.") % {"step": steps[done].title}
            if number > done + 1
            else "",
            is_current=number == done + 1,
        )
        for number, page in enumerate(steps, start=1)
    ]
    return {
        "today": on,
        "enrolment": enrolment,
        "states": states,
        "done": done,
        "next_step": learning.next_step(states),
        "obstacle": learning.not_open_reason(offering, on=on),
    }
