import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, Revision
from wagtail.search import index

from courses.blocks import RICH_TEXT_FEATURES, LessonBody
from courses.enums import AssignedBy, ReleaseKind, Status
from courses.querysets import (
    AudienceQuerySet,
    EnrolmentQuerySet,
    OfferingQuerySet,
    ReleaseQuerySet,
)
from lms.core.revisions import KeepsPublishedRevisions
from lms.people.models import EmploymentType, Person, Position, Posting, Unit


class CourseIndexPage(Page):
    """/courses/, the parent of every course."""

    intro = RichTextField(_("introduction"), blank=True, features=RICH_TEXT_FEATURES)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["courses.CoursePage"]
    max_count = 1
    template = "courses/course_index_page.html"

    class Meta:
        verbose_name = _("list of courses")


class ShownToLearners:
    """Previewed as its author, or as somebody of an audience at some stage."""

    pk: Any
    # What learners see is known above the models: wagtail_hooks of courses and quizzes set these.
    learner_preview_modes: ClassVar[Callable[[Any], list[tuple[str, str]]]]
    learner_preview_context: ClassVar[Callable[[Any, str], dict[str, Any]]]

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        modes: list[tuple[str, Any]] = super().preview_modes  # type: ignore[misc]
        return [*modes, *(self.learner_preview_modes() if self.pk else [])]

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        context: dict[str, Any] = super().get_preview_context(  # type: ignore[misc]
            request, mode_name
        )
        return context | (self.learner_preview_context(mode_name) if mode_name else {})


class CoursePage(ShownToLearners, KeepsPublishedRevisions, Page):
    """A course: ordered steps below it, offered once or more."""

    summary = models.CharField(
        _("summary"),
        max_length=200,
        help_text=_("One sentence: what people can do after the course."),
    )
    intro = RichTextField(
        _("introduction"),
        blank=True,
        features=RICH_TEXT_FEATURES,
        help_text=_("For whom, why, and what will be learned."),
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes needed"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("All steps together. Example: 40"),
    )
    gives_certificate = models.BooleanField(
        _("gives a certificate"),
        default=True,
        help_text=_("Whoever completes the course can print a certificate."),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("intro"),
        MultiFieldPanel(
            [FieldPanel("minutes"), FieldPanel("gives_certificate")], heading=_("about the course")
        ),
        HelpPanel(
            content=_("Add lessons and a quiz as pages below this one, in the order of learning."),
            heading=_("steps"),
        ),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("intro"),
    ]
    parent_page_types = ["courses.CourseIndexPage"]
    template = "courses/course_page.html"

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        context: dict[str, Any] = super().get_preview_context(request, mode_name)
        if not mode_name and self.path:
            steps = StepPage.objects.child_of(self).live().order_by("path")
            context["states"] = [{"page": step} for step in steps]
        return context


class Recording(index.Indexed, models.Model):
    """動画 or 音声, with its captions and everything that is said in it as text.

    The file stays what it was: who watched it watched this one.
    """

    title = models.CharField(
        _("title"), max_length=150, help_text=_("Example: Three looks at a suspicious mail")
    )
    file = models.FileField(_("file"), upload_to="recordings")
    content_type = models.CharField(max_length=20, editable=False)
    seconds = models.PositiveIntegerField(_("length in seconds"), editable=False)
    captions = models.TextField(_("captions"), blank=True, editable=False, help_text="As WebVTT")
    transcript = models.TextField(
        _("transcript"),
        help_text=_(
            "Everything that is said, and what is shown without being said: for those who cannot "
            "hear or see it, who may not turn the sound on, and for the search. Left empty, it is "
            "taken from the captions."
        ),
    )

    search_fields = [
        index.SearchField("title"),
        index.AutocompleteField("title"),
        index.SearchField("transcript"),
        index.AutocompleteField("transcript"),
    ]

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")


class StepPage(ShownToLearners, KeepsPublishedRevisions, Page):
    """A page below a course that a learner completes. What completes it, each kind decides."""

    minutes = models.PositiveSmallIntegerField(
        _("minutes needed"),
        default=5,
        validators=[MinValueValidator(1)],
        help_text=_("For somebody who reads calmly. Example: 5"),
    )

    parent_page_types = ["courses.CoursePage"]
    subpage_types: list[str] = []
    is_creatable = False

    class Meta:
        verbose_name = _("step")


class LessonPage(StepPage):
    body = StreamField(
        LessonBody(),
        verbose_name=_("body"),
        help_text=_("Keep it to 5 to 10 minutes: one idea a lesson."),
    )

    content_panels = [*Page.content_panels, FieldPanel("minutes"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    parent_page_types = ["courses.CoursePage"]
    is_creatable = True
    template = "courses/lesson_page.html"

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Its headings, each with the key that it keeps when others are added or moved."""
        return [(block.id, block.value) for block in self.body if block.block_type == "heading"]

    @property
    def recordings(self) -> dict[Recording, bool]:
        """Those shown in it, each with whether it must be watched to complete the lesson."""
        found: dict[Recording, bool] = {}
        for block in self.body:
            if block.block_type == "recording" and (recording := block.value["recording"]):
                found[recording] = found.get(recording, False) or block.value["must_be_watched"]
        return found


class Audience(models.Model):
    """Who must, or may, take a course: every kind of condition that is set must hold (AND), one of
    its values is enough (OR); then named people are added and others taken out.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    everybody = models.BooleanField(
        _("all staff"),
        default=False,
        help_text=_("Everybody with a primary post. The conditions below narrow it."),
    )
    units = models.ManyToManyField(
        Unit,
        blank=True,
        related_name="+",
        verbose_name=_("units"),
        help_text=_("With everything below them."),
    )
    positions = models.ManyToManyField(
        Position, blank=True, related_name="+", verbose_name=_("positions")
    )
    employment_types = models.ManyToManyField(
        EmploymentType, blank=True, related_name="+", verbose_name=_("employment types")
    )
    included = models.ManyToManyField(
        Person, blank=True, related_name="+", verbose_name=_("also these people")
    )
    excluded = models.ManyToManyField(
        Person, blank=True, related_name="+", verbose_name=_("but not these people")
    )

    objects = AudienceQuerySet.as_manager()

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Offering(models.Model):
    """実施回: a course in one 年度 for one audience."""

    course = models.ForeignKey(
        CoursePage, on_delete=models.PROTECT, related_name="offerings", verbose_name=_("course")
    )
    slug = models.SlugField(
        _("short name"),
        max_length=80,
        unique=True,
        help_text=_("Letters, digits and hyphens, such as security-2026. Files carry it."),
    )
    fiscal_year = models.PositiveSmallIntegerField(
        _("fiscal year"),
        validators=[MinValueValidator(2000), MaxValueValidator(2100)],
        help_text=_("The year of its April: 2026 for 令和8年度."),
    )
    audience = models.ForeignKey(
        Audience, on_delete=models.PROTECT, related_name="offerings", verbose_name=_("audience")
    )
    is_mandatory = models.BooleanField(
        _("mandatory"),
        default=True,
        help_text=_("Everybody in the audience is enrolled. Otherwise they may enrol themselves."),
    )
    opens_on = models.DateField(_("opening day"), help_text=_("From this day people can begin."))
    closes_on = models.DateField(
        _("closing day"),
        null=True,
        blank=True,
        help_text=_("The last day on which it can be completed. Empty: it stays open."),
    )
    due_on = models.DateField(
        _("due on"),
        null=True,
        blank=True,
        help_text=_(
            "Whoever comes under the audience later has the same day, unless you also enter a "
            "number of days below."
        ),
    )
    due_days = models.PositiveSmallIntegerField(
        _("due days after coming under the audience"),
        null=True,
        blank=True,
        help_text=_("With a fixed day as well, the later of the two counts."),
    )

    objects = OfferingQuerySet.as_manager()

    class Meta:
        verbose_name = _("offering")
        verbose_name_plural = _("offerings")
        ordering = ["-fiscal_year", "course__title", "slug"]
        constraints = [
            models.CheckConstraint(
                name="offering_due_after_opening",
                condition=Q(due_on=None) | Q(due_on__gte=F("opens_on")),
                violation_error_message=_("The due day must not be before the opening day."),
            ),
            models.CheckConstraint(
                name="offering_closes_after_opening",
                condition=Q(closes_on=None) | Q(closes_on__gte=F("opens_on")),
                violation_error_message=_("The closing day must not be before the opening day."),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        if self.is_mandatory and self.due_on is None and self.due_days is None:
            raise ValidationError(
                {
                    "due_on": _(
                        "A mandatory course needs a due day: enter a day, or a number of days."
                    )
                }
            )

    def due_for(self, assigned_on: dt.date) -> dt.date | None:
        """The day a person assigned on that day must be done by: the later of the two rules."""
        days = [self.due_on] if self.due_on else []
        if self.due_days is not None:
            days.append(max(assigned_on, self.opens_on) + dt.timedelta(days=self.due_days))
        return max(days, default=None)


class Enrolment(models.Model):
    """One person in one offering, as facts; what follows from them is in EnrolmentQuerySet."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("person")
    )
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="enrolments", verbose_name=_("offering")
    )
    assigned_on = models.DateField(_("assigned on"))
    assigned_by = models.CharField(
        _("assigned by"), max_length=10, choices=AssignedBy.choices, default=AssignedBy.AUDIENCE
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(
        _("score"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    course_revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    posting = models.ForeignKey(
        Posting,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The primary post on the day of completion",
    )

    # Set by EnrolmentQuerySet.with_status().
    status: str

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(fields=["person", "offering"], name="enrolment_once"),
            models.CheckConstraint(
                name="enrolment_started_before_completed",
                condition=Q(completed_at=None)
                | Q(started_at__isnull=False, completed_at__gte=F("started_at")),
            ),
        ]
        indexes = [models.Index(fields=["offering", "completed_at"])]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.offering_id}"

    @property
    def status_label(self) -> str:
        return str(Status(self.status).label)


class Release(models.Model):
    """免除 or 取下: days on which an enrolment does not oblige. Closed, never deleted."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="releases")
    kind = models.CharField(_("kind"), max_length=10, choices=ReleaseKind.choices)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiver or withdrawal")
        verbose_name_plural = _("waivers and withdrawals")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="release_window", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            models.UniqueConstraint(
                fields=["enrolment", "kind"],
                condition=Q(ends_on=None),
                name="release_one_open_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.enrolment_id} from {self.starts_on}"


class StepProgress(models.Model):
    """One step of one enrolment, bound to the revision of the page that was seen."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="steps")
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, null=True, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True, validators=[MaxValueValidator(100)])

    class Meta:
        verbose_name = _("completed step")
        verbose_name_plural = _("completed steps")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "page"], name="step_completed_once")
        ]

    def __str__(self) -> str:
        return f"{self.page_id} of {self.enrolment_id}"


class ReadingPlace(models.Model):
    """The section of a lesson that its reader saw last: a bookmark, no evidence of anything."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="places")
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=36, help_text="Key of a heading in LessonPage.sections")
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("place in a lesson")
        verbose_name_plural = _("places in lessons")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "page"], name="reading_place_once")
        ]

    def __str__(self) -> str:
        return f"{self.section} of {self.page_id} in {self.enrolment_id}"


class Viewing(models.Model):
    """What one person has seen of a recording, as their browser tells it."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="viewings")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="viewings")
    ranges = models.JSONField(
        default=list, help_text="[[first, last], ...] in seconds, in order, never touching"
    )
    position = models.PositiveIntegerField(default=0, help_text="Seconds, where it was left")
    seen_at = models.DateTimeField()
    read_at = models.DateTimeField(
        null=True, help_text="When the person said to have read the transcript instead"
    )

    class Meta:
        verbose_name = _("viewing of a recording")
        verbose_name_plural = _("viewings of recordings")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "recording"], name="viewing_once")
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.enrolment_id}"


class Certificate(models.Model):
    """修了証. What it says is kept as it was said on the day of issue."""

    enrolment = models.OneToOneField(
        Enrolment, on_delete=models.PROTECT, related_name="certificate"
    )
    serial = models.CharField(_("serial number"), max_length=20, unique=True)
    code = models.CharField(_("verification code"), max_length=32, unique=True)
    person_name = models.CharField(_("name"), max_length=100)
    course_title = models.CharField(_("course"), max_length=255)
    completed_on = models.DateField(_("completed on"))
    office_name = models.CharField(max_length=100, blank=True)
    issuer = models.CharField(_("issued by"), max_length=100)
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return self.serial

    @property
    def issued_by(self) -> str:
        """The office, if it had a name here, and the post, in one line."""
        return " ".join(filter(None, [self.office_name, self.issuer]))
