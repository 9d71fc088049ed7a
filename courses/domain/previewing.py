"""A course or a step as an audience sees it, for its author: nobody is enrolled, nothing kept."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from courses.domain import learning, viewings
from courses.enums import Status
from courses.models import CoursePage, Enrolment, LessonPage, Offering, StepPage

OFFERINGS_SHOWN = 5
MIDDLE, DONE = Status.IN_PROGRESS, Status.COMPLETED
# Where somebody is with one step: not there yet, at it, past it.
STEP_STAGES = {
    Status.NOT_STARTED: gettext_lazy("has not come so far"),
    Status.IN_PROGRESS: gettext_lazy("has come as far as this"),
    Status.COMPLETED: gettext_lazy("has completed this step"),
}


def modes(course: CoursePage) -> list[tuple[str, str]]:
    """Name and label of each view: the audience of every recent offering, at each stage."""
    found = []
    for offering in _recent(course):
        stages: list[Status | None] = [Status.NOT_STARTED, MIDDLE, DONE]
        for stage in stages if offering.is_mandatory else [None, *stages]:
            label = stage.label if stage else gettext("may take it")
            found.append(_mode(offering, stage or "", label))
    return found


def step_modes(step: StepPage) -> list[tuple[str, str]]:
    """The same for one step of a course."""
    return modes_of_step(step, STEP_STAGES.items())


def modes_of_step(step: StepPage, stages: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    course = CoursePage.objects.parent_of(step).get()
    return [
        _mode(offering, stage, label) for offering in _recent(course) for stage, label in stages
    ]


def _recent(course: CoursePage) -> Iterable[Offering]:
    offerings = course.offerings.select_related("audience").order_by("-fiscal_year", "slug")
    return offerings[:OFFERINGS_SHOWN]


def _mode(offering: Offering, stage: str, label: Any) -> tuple[str, str]:
    return f"{offering.pk}:{stage}", f"{offering.slug}・{offering.audience}：{label}"


def context(course: CoursePage, mode: str, *, at: dt.datetime) -> dict[str, Any]:
    """What courses.views.pages.course would give somebody of the offering's audience."""
    offering, stage = _chosen(course, mode)
    on = timezone.localdate(at)
    if offering is None:
        return {}
    if not stage:
        return {"today": on, "offering": offering, "states": learning.preview_outline(course)}
    steps = learning.live_steps(course)
    done = {DONE: len(steps), MIDDLE: len(steps) // 2}.get(Status(stage), 0)
    states = _states(steps, done, at=at)
    return {
        "today": on,
        "enrolment": _enrolment(offering, Status(stage), at=at),
        "states": states,
        "done": done,
        "next_step": learning.next_step(states),
        "obstacle": learning.not_open_reason(offering, on=on),
    }


def step_context(step: StepPage, mode: str, *, at: dt.datetime) -> dict[str, Any]:
    """What every page of a step knows of somebody of the offering's audience; empty if unknown."""
    course = CoursePage.objects.parent_of(step).get()
    offering, stage = _chosen(course, mode)
    if offering is None:
        return {}
    steps = _with(step, learning.live_steps(course))
    index = next(index for index, one in enumerate(steps) if one.pk == step.pk)
    reached = Status(stage)
    done = {Status.NOT_STARTED: max(0, index - 1), DONE: index + 1}.get(reached, index)
    states = _states(steps, done, at=at)
    return {
        "course": course,
        "enrolment": _enrolment(offering, MIDDLE, at=at),
        "place": learning.around(states, step),
        "total": len(steps),
        "next_step": learning.next_step(states),
        "obstacle": learning.not_open_reason(offering, on=timezone.localdate(at)),
    }


def lesson_context(lesson: LessonPage, mode: str, *, at: dt.datetime) -> dict[str, Any]:
    """What courses.views.pages.lesson would give them."""
    found = step_context(lesson, mode, at=at)
    if not found:
        return {}
    watched = {
        recording.pk: viewings.watched(recording, None, must_be_watched=must)
        for recording, must in lesson.recordings.items()
    }
    return found | {
        "left_off": None,
        "is_readable": not found["place"].state.is_locked,
        "watched": watched,
        "missing": [state for state in watched.values() if state.is_missing],
    }


def _chosen(course: CoursePage, mode: str) -> tuple[Offering | None, str]:
    key, _, stage = mode.partition(":")
    offering = Offering.objects.filter(course_id=course.pk, pk=int(key)).first()
    if offering is not None:
        offering.course = course
    return offering, stage


def _enrolment(offering: Offering, stage: Status, *, at: dt.datetime) -> Enrolment:
    on = timezone.localdate(at)
    enrolment = Enrolment(
        pk=0,
        offering=offering,
        assigned_on=on,
        due_on=offering.due_for(on),
        started_at=at if stage != Status.NOT_STARTED else None,
        completed_at=at if stage == DONE else None,
    )
    enrolment.status = stage
    return enrolment


def _with(step: StepPage, steps: list[StepPage]) -> list[StepPage]:
    """The steps of the course with this one, which may not be published yet."""
    return sorted([step, *(one for one in steps if one.pk != step.pk)], key=lambda one: one.path)


def _states(steps: list[StepPage], done: int, *, at: dt.datetime) -> list[learning.StepState]:
    return [
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
