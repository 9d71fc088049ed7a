"""Rosters that HR uploads: kept apart from everything that is served, under names nobody knows."""

import datetime as dt
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lms.core import audit, jobs
from lms.core.errors import RuleViolation
from lms.core.models import Job
from lms.people.models import Person, RosterImport

PREVIEW = "lms.people.tasks.preview_roster_import"
APPLY = "lms.people.tasks.apply_roster_import"
KEPT_FOR = dt.timedelta(days=7)


def upload_roster(
    chunks: Iterable[bytes],
    *,
    file_name: str,
    profile: str,
    as_of: dt.date,
    by: Person,
    at: dt.datetime,
) -> RosterImport:
    """Keep the file and have its preview worked out."""
    stored_as = secrets.token_urlsafe(24)
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / stored_as
    path.touch(mode=0o600)
    with path.open("wb") as file:
        file.writelines(chunks)
    with transaction.atomic():
        row = RosterImport.objects.create(
            file_name=file_name[-255:],
            stored_as=stored_as,
            profile=profile,
            as_of=as_of,
            uploaded_by=by,
            uploaded_at=at,
        )
        row.job = jobs.enqueue(PREVIEW, by=by, at=at, roster_import=row.pk)
        row.save(update_fields=["job"])
        audit.record("roster.uploaded", by=by, at=at, subject=row, file=row.file_name)
    return row


def request_apply(row: RosterImport, *, by: Person, at: dt.datetime) -> Job:
    """Have a previewed roster written. Asked twice, it is done once."""
    with transaction.atomic():
        row = (
            RosterImport.objects.select_for_update(of=("self",))
            .select_related("job")
            .get(pk=row.pk)
        )
        if row.applied_at or row.job is None or (row.job.function == APPLY and not row.job.error):
            raise RuleViolation(_("This roster is being applied already, or it has been."))
        if not row.job.is_finished or row.job.result.get("summary", {}).get("errors", True):
            raise RuleViolation(_("This roster cannot be applied. Mend its errors first."))
        row.job = jobs.enqueue(APPLY, by=by, at=at, roster_import=row.pk)
        row.save(update_fields=["job"])
    return row.job


def stored_path(row: RosterImport) -> Path:
    return _folder() / row.stored_as


def forget_uploads(*, at: dt.datetime) -> int:
    """Delete uploaded files that nobody applied in time: they hold personal data."""
    forgotten = 0
    old = RosterImport.objects.filter(uploaded_at__lt=at - KEPT_FOR).exclude(stored_as="")
    for row in old:
        path = stored_path(row)
        if path.exists():
            path.unlink()
            forgotten += 1
    return forgotten


def _folder() -> Path:
    return Path(settings.PRIVATE_ROOT) / "rosters"
