"""Background work: a row says what must happen, any worker picks it up, a page shows how far it is.

A job function is called as ``function(job, progress)`` and returns JSON. It must do no harm when
it runs a second time, because the process of the first time may have been killed.
"""

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from lms.core.errors import RuleViolation
from lms.core.models import Job

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_SIGNS_OF_LIFE = 0.5


class Progress:
    """Tells how far a job is; cheap enough to be called for every row."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._told_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_at < SECONDS_BETWEEN_SIGNS_OF_LIFE and done < total:
            return
        self._told_at = now
        Job.objects.filter(pk=self.job.pk).update(
            done=done, total=total, heartbeat_at=timezone.now()
        )


def enqueue(
    function: str,
    *,
    by: "AbstractBaseUser | None" = None,
    at: dt.datetime,
    once: bool = False,
    **arguments: Any,
) -> Job:
    """Put work on the list. With ``once``, the same work that still waits to start is reused."""
    if once:
        waiting = Job.objects.filter(
            function=function, arguments=arguments, started_at=None, finished_at=None
        ).first()
        if waiting:
            return waiting
    job = Job.objects.create(
        function=function,
        arguments=arguments,
        created_by_id=by.pk if by else None,
        created_at=at,
    )
    transaction.on_commit(wake_worker)
    return job


def announce(fact: str, *, by: "AbstractBaseUser | None" = None, at: dt.datetime) -> list[Job]:
    """Put on the list whatever settings.FOLLOW_UPS says must happen after this fact."""
    return [enqueue(path, by=by, at=at, once=True) for path in settings.FOLLOW_UPS.get(fact, [])]


def wake_worker() -> None:
    """Spare the worker its next look at the list. Losing this message loses nothing."""
    if not settings.WAKE_WORKER:
        return
    try:
        current_app.send_task("lms.core.tasks.run_waiting_jobs", retry=False)
    except (OperationalError, OSError) as failure:
        logger.warning("Waiting jobs start at the worker's next look: %s", failure)


def run(job_id: int) -> bool:
    """Run one job unless another process has it. False if there was nothing to do."""
    now = timezone.now()
    claimed = (
        Job.objects.filter(pk=job_id).claimable(at=now).update(started_at=now, heartbeat_at=now)
    )
    if not claimed:
        return False
    job = Job.objects.get(pk=job_id)
    result: dict[str, Any] = {}
    error = ""
    try:
        result = import_string(job.function)(job, Progress(job)) or {}
    except RuleViolation as violation:
        error = str(violation)
    except Exception as failure:
        logger.exception("Job %s failed", job)
        error = f"{type(failure).__name__}: {failure}"
    Job.objects.filter(pk=job_id).update(finished_at=timezone.now(), result=result, error=error)
    return True


def run_waiting() -> int:
    """Run every job that waits, oldest first; the number that ran."""
    waiting = Job.objects.claimable(at=timezone.now()).order_by("pk").values_list("pk", flat=True)
    return sum(run(job_id) for job_id in list(waiting))
