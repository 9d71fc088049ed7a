from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles that a group gives. Its name is the value; section heads and leaders are derived."""

    TRAINING_ADMIN = "training_admin", _("HR (training)")
    DX_OFFICE = "dx_office", _("digital strategy section")
    AUTHOR = "author", _("course author")
    ADVISOR = "advisor", _("digital strategy advisor")
    COMMITTEE = "committee", _("committee")
    AUDITOR = "auditor", _("auditor")


class PostingKind(models.TextChoices):
    PRIMARY = "primary", _("primary post")
    CONCURRENT = "concurrent", _("concurrent post")
    JOINT = "joint", _("joint post")
    SECONDMENT = "secondment", _("secondment")


class LeaveCode(models.TextChoices):
    CHILDCARE = "childcare", _("childcare leave")
    SUSPENSION = "suspension", _("leave of absence")
    LONG_TRAINING = "long_training", _("long training")
    SECONDMENT = "secondment", _("seconded elsewhere")
    OTHER = "other", _("other leave")


class Office(models.TextChoices):
    NETWORK_LEADER = "network_leader", _("Network Leader")
    DEPUTY_LEADER = "deputy_leader", _("deputy Network Leader")


class TextSize(models.TextChoices):
    NORMAL = "normal", _("Standard size")
    LARGE = "large", _("Large")
    LARGEST = "largest", _("Very large")
