from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from courses.models import Audience
from lms.home.querysets import NoticeQuerySet
from lms.people.models import Person


class HomePage(Page):
    """The root of the page tree. Its address shows each person's own page instead."""

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["courses.CourseIndexPage"]
    max_count = 1

    class Meta:
        verbose_name = _("home page")


class SetupLink(models.Model):
    """The one-time link of the first administrator. Only a hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("set-up link")
        verbose_name_plural = _("set-up links")

    def __str__(self) -> str:
        return f"set-up link until {self.expires_at:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """お知らせ: what HR or the dx office tells everybody, or one audience, for some days."""

    title = models.CharField(
        _("title"),
        max_length=100,
        help_text=_("Say what it is about. Example: The security course ends on 28 December"),
    )
    body = RichTextField(
        _("text"),
        features=["bold", "ol", "ul", "link", "document-link"],
        help_text=_("What people should do, by when, and whom they can ask."),
    )
    audience = models.ForeignKey(
        Audience,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("audience"),
        help_text=_("Empty: everybody."),
    )
    is_important = models.BooleanField(
        _("important"),
        default=False,
        help_text=_("Stands on everybody's page until they have read it. Use it seldom."),
    )
    starts_on = models.DateField(_("first day"), help_text=_("Shown from this day on."))
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Empty: until it is deleted.")
    )

    objects = NoticeQuerySet.as_manager()

    panels = [
        FieldPanel("title"),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("audience"), FieldPanel("is_important")], heading=_("for whom")
        ),
        MultiFieldPanel([FieldPanel("starts_on"), FieldPanel("ends_on")], heading=_("when")),
    ]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_window",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day must not be before the first day."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class NoticeRead(models.Model):
    """That a person has said to have read a notice. Shown to nobody else."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="reads")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice read")
        verbose_name_plural = _("notices read")
        constraints = [
            models.UniqueConstraint(fields=["notice", "person"], name="notice_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} by {self.person_id}"
