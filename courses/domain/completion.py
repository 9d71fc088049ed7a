"""Starting and completing. Kinds of step call ``complete_step``; nothing here knows which exist."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Page, Revision

from courses.domain import certificates, learning
from courses.models import Enrolment, Offering, StepProgress
from lms.core import audit
from lms.core.errors import RuleViolation


def start(enrolment: Enrolment, *, at: dt.datetime) -> None:
    """Note when learning began. A second call changes nothing."""
    with transaction.atomic():
        locked = _lock(enrolment)
        if locked.started_at is None:
            _refuse_if(learning.obstacle(locked, on=timezone.localdate(at)))
            _start(locked, at=at)
    enrolment.started_at = locked.started_at


def complete_step(
    enrolment: Enrolment,
    page: Page,
    *,
    revision: Revision | None,
    score: int | None = None,
    at: dt.datetime,
) -> Enrolment:
    """Record that a step is completed, and with the last one the course.

    A step is recorded once, with the revision that was seen: a second call changes nothing.
    """
    if revision is not None and str(revision.object_id) != str(page.pk):
        raise ValueError(f"Revision {revision.pk} is of another page than {page.pk}")
    with transaction.atomic():
        locked = _lock(enrolment)
        if StepProgress.objects.filter(enrolment=locked, page_id=page.pk).exists():
            return locked
        on = timezone.localdate(at)
        _refuse_if(learning.obstacle(locked, on=on))
        states = learning.outline(locked)
        state = next((state for state in states if state.page.pk == page.pk), None)
        if state is None:
            raise RuleViolation(gettext("This step is not part of the course any more."))
        _refuse_if(state.lock_reason)
        _start(locked, at=at)
        StepProgress.objects.create(
            enrolment=locked, page_id=page.pk, revision=revision, completed_at=at, score=score
        )
        others = [other for other in states if other is not state]
        if locked.completed_at is None and all(other.is_completed for other in others):
            _complete(locked, [other.page.pk for other in states], at=at)
        return locked


def complete_where_nothing_is_left(*, on: dt.date, at: dt.datetime) -> int:
    """Complete what only a step that is gone kept open; how many.

    Somebody who had done every other step would otherwise wait for ever when the last one is
    unpublished: no step is left whose completion could complete the course.
    """
    completed = 0
    for offering in Offering.objects.open(on=on).filter(course__live=True).select_related("course"):
        steps = [page.pk for page in learning.live_steps(offering.course)]
        waiting = (
            Enrolment.objects.filter(offering=offering)
            .to_do(on=on)
            .annotate(done=Count("steps", filter=Q(steps__page_id__in=steps)))
            .filter(done=len(steps), done__gt=0)
        )
        for enrolment in waiting:
            with transaction.atomic():
                locked = _lock(enrolment)
                if locked.completed_at is None:
                    _complete(locked, steps, at=at)
                    completed += 1
    return completed


def _lock(enrolment: Enrolment) -> Enrolment:
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("offering__course", "person")
        .get(pk=enrolment.pk)
    )


def _refuse_if(reason: str) -> None:
    if reason:
        raise RuleViolation(reason)


def _start(enrolment: Enrolment, *, at: dt.datetime) -> None:
    if enrolment.started_at is None:
        enrolment.started_at = at
        enrolment.save(update_fields=["started_at"])


def _complete(enrolment: Enrolment, page_ids: list[int], *, at: dt.datetime) -> None:
    steps = StepProgress.objects.filter(enrolment=enrolment, page_id__in=page_ids)
    scores = [step.score for step in steps if step.score is not None]
    course = enrolment.offering.course
    # Two requests read the clock before they wait for the lock: the later one may win it first.
    enrolment.completed_at = max(at, enrolment.started_at or at)
    enrolment.score = sum(scores) // len(scores) if scores else None
    enrolment.course_revision = course.live_revision or course.latest_revision
    enrolment.posting = enrolment.person.posting(on=timezone.localdate(at))
    enrolment.save(update_fields=["completed_at", "score", "course_revision", "posting"])
    audit.record(
        "enrolment.completed",
        by=enrolment.person,
        at=at,
        subject=enrolment,
        person=enrolment.person,
        offering=enrolment.offering.slug,
        score=enrolment.score,
    )
    if course.gives_certificate:
        certificates.issue(enrolment, at=at)
