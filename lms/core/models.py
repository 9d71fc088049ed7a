import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# A job that has shown no sign of life for this long was killed with its process.
JOB_SILENCE = dt.timedelta(minutes=2)


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def claimable(self, *, at: dt.datetime) -> Self:
        """Jobs that nobody runs: never started, or left behind by a process that died."""
        dead = Q(started_at__isnull=False, heartbeat_at__lt=at - JOB_SILENCE)
        return self.unfinished().filter(Q(started_at=None) | dead)


class Job(models.Model):
    """Work that must happen, kept as a row until it has: a message alone could be lost."""

    function = models.CharField(
        max_length=200, help_text="Dotted path, called with (job, progress)"
    )
    arguments = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, db_index=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")

    def __str__(self) -> str:
        return f"{self.function} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def has_failed(self) -> bool:
        return bool(self.error)

    @property
    def percent(self) -> int:
        if self.is_finished:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


class AuditEntry(models.Model):
    """Who read or changed what, when. Rows are only ever added."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=80)
    subject_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="audit_entries"
    )
    people_shown = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", help_text="Who stood on a list that was read"
    )
    subject = models.CharField(max_length=120, blank=True, help_text="app.model:pk")
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


class Counter(models.Model):
    """The last number given out in a series, such as the certificates of one 年度."""

    series = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"
