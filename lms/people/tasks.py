"""Work on rosters that takes longer than a page may. Called with a job and its progress."""

from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.errors import RuleViolation
from lms.core.models import Job
from lms.people.domain.roster.plan import Outcome
from lms.people.domain.roster.problems import UnreadableRoster
from lms.people.domain.roster.run import (
    Result,
    choose_profile,
    failed,
    import_roster,
    preview_roster,
)
from lms.people.domain.roster.table import Table, read_table
from lms.people.domain.roster.uploads import forget_uploads, stored_path
from lms.people.models import RosterImport

SHOWN = (Outcome.JOINED, Outcome.MOVED, Outcome.LEFT)
Progress = Callable[[int, int], None]


def preview_roster_import(job: Job, progress: Progress) -> dict[str, Any]:
    """What the file would change, with everybody it concerns."""
    row = RosterImport.objects.get(pk=job.arguments["roster_import"])
    as_of = row.as_of
    progress(0, 2)
    try:
        table = _table(row)
        profile = choose_profile(row.profile, table)
        progress(1, 2)
        result = preview_roster(table, profile, as_of=as_of)
    except UnreadableRoster as error:
        result = failed(error, as_of=as_of)
    else:
        RosterImport.objects.filter(pk=row.pk).update(profile=profile.key)
    return _as_job_result(result)


def apply_roster_import(job: Job, progress: Progress) -> dict[str, Any]:
    """Plan again on what the records say now, and write it."""
    row = RosterImport.objects.get(pk=job.arguments["roster_import"])
    if row.applied_at:
        return dict(row.summary)
    progress(0, 3)
    table = _table(row)
    progress(1, 3)
    result = import_roster(
        table,
        choose_profile(row.profile, table),
        as_of=row.as_of,
        file_name=row.file_name,
        by=job.created_by,
        at=timezone.now(),
        record=row,
    )
    if result.has_errors:
        raise RuleViolation(
            _("The records have changed since the preview. Nothing was written. Upload it again.")
        )
    stored_path(row).unlink(missing_ok=True)
    return result.summary


@shared_task(name="lms.people.tasks.forget_rosters")
def forget_rosters() -> int:
    return forget_uploads(at=timezone.now())


def _table(row: RosterImport) -> Table:
    try:
        return read_table(stored_path(row))
    except OSError as error:
        raise RuleViolation(
            _("The uploaded file is not kept any more. Upload the roster again.")
        ) from error


def _as_job_result(result: Result) -> dict[str, Any]:
    lists = {
        str(outcome): [change.as_json() for change in result.plan.people(outcome)]
        if result.plan
        else []
        for outcome in SHOWN
    }
    staff = result.plan.staff_before if result.plan else 0
    return {"summary": result.summary, "people": lists, "staff_before": staff}
