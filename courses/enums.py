from django.db import models
from django.utils.translation import gettext_lazy as _


class ReleaseKind(models.TextChoices):
    WAIVER = "waiver", _("waived")
    WITHDRAWAL = "withdrawal", _("withdrawn")


class Status(models.TextChoices):
    """What an enrolment is on a day; derived from its facts, never stored."""

    NOT_STARTED = "not_started", _("not started")
    IN_PROGRESS = "in_progress", _("in progress")
    COMPLETED = "completed", _("completed")
    WAIVED = "waived", _("waived")
    WITHDRAWN = "withdrawn", _("withdrawn")


class AssignedBy(models.TextChoices):
    AUDIENCE = "audience", _("the audience's conditions")
    NAMED = "named", _("named in the audience")
    SELF = "self", _("own wish")
