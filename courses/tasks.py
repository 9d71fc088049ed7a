from dataclasses import asdict
from typing import Any

from celery import shared_task
from django.utils import timezone

from courses.domain import enrolments
from courses.domain.completion import complete_where_nothing_is_left
from lms.core.calendar import today
from lms.core.jobs import Progress
from lms.core.models import Job


def sync_enrolments(job: Job, progress: Progress) -> dict[str, Any]:
    """The job that follows a change of people, audiences or offerings."""
    result = enrolments.sync_enrolments(
        on=today(), at=timezone.now(), by=job.created_by, progress=progress
    )
    completed = complete_where_nothing_is_left(on=today(), at=timezone.now())
    return asdict(result) | {"completed": completed}


@shared_task(name="courses.tasks.sync_enrolments_nightly")
def sync_enrolments_nightly() -> None:
    """The day itself changes who is in an audience and which offerings are open."""
    enrolments.request_sync(by=None, at=timezone.now())
