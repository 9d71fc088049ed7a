import uuid
from html import unescape
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import DraftStateMixin, Orderable, PreviewableMixin, Revision, RevisionMixin
from wagtail.search import index

from courses.models import Enrolment, StepPage
from lms.core.revisions import KeepsPublishedRevisions
from quizzes.enums import QuestionKind
from quizzes.querysets import AttemptQuerySet, QuestionQuerySet, ResponseQuerySet

QUESTION_FEATURES = ["bold", "italic", "ol", "ul", "image"]
EXPLANATION_FEATURES = ["bold", "italic", "ol", "ul", "link"]


class QuestionCategory(models.Model):  # type: ignore[django-manager-missing]
    name = models.CharField(
        _("name"),
        max_length=100,
        unique=True,
        help_text=_("Example: Suspicious mails. A quiz draws its questions by category."),
    )

    class Meta:
        verbose_name = _("question category")
        verbose_name_plural = _("question categories")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Question(
    KeepsPublishedRevisions, PreviewableMixin, DraftStateMixin, RevisionMixin, ClusterableModel
):
    """A question of the bank. Each published revision is one immutable version of it."""

    category = models.ForeignKey(
        QuestionCategory,
        on_delete=models.PROTECT,
        related_name="questions",
        verbose_name=_("category"),
        help_text=_("Quizzes draw questions of a category at random."),
    )
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=QuestionKind.choices,
        help_text=_("Several right answers: all of them, and no other, must be chosen."),
    )
    text = RichTextField(
        _("question"),
        features=QUESTION_FEATURES,
        help_text=_(
            "A scene at work, then one question. Example: A mail asks for your password. What do "
            "you do first?"
        ),
    )
    explanation = RichTextField(
        _("explanation"),
        features=EXPLANATION_FEATURES,
        help_text=_(
            "Shown with the result: why the right answer is right, and what to do at work."
        ),
    )
    _revisions = GenericRelation(
        "wagtailcore.Revision", related_query_name="question", for_concrete_model=False
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["category__name", "pk"]

    def __str__(self) -> str:
        return " ".join(unescape(strip_tags(self.text)).split())[:80]

    @property
    def revisions(self) -> Any:
        return self._revisions

    def get_preview_template(
        self,
        request: HttpRequest,  # noqa: ARG002
        mode_name: str,  # noqa: ARG002
    ) -> str:
        return "quizzes/question_preview.html"


class Choice(Orderable):
    question = ParentalKey(Question, on_delete=models.CASCADE, related_name="choices")
    # Stays the same through every revision, so that an answer means the same choice for ever.
    uid = models.UUIDField(default=uuid.uuid4)
    text = models.CharField(
        _("answer"),
        max_length=500,
        help_text=_("As long as the others, so that its length tells nothing."),
    )
    is_correct = models.BooleanField(
        _("right answer"), default=False, help_text=_("Tick every right one.")
    )
    explanation = models.CharField(
        _("explanation of this answer"),
        max_length=500,
        blank=True,
        help_text=_("Shown to whoever chose it."),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["question", "uid"], name="choice_uid_once")]

    def __str__(self) -> str:
        return self.text


class QuizPage(StepPage):
    """A step that is completed by passing."""

    intro = RichTextField(
        _("introduction"),
        blank=True,
        features=EXPLANATION_FEATURES,
        help_text=_(
            "What it asks about, and what may be looked up. Example: You may read the lessons "
            "again."
        ),
    )
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark (%)"),
        default=80,
        validators=[MaxValueValidator(100)],
        help_text=_(
            "How many percent of the questions must be right to pass. 0: handing in is enough."
        ),
    )
    max_attempts = models.PositiveSmallIntegerField(
        _("attempts allowed"), default=0, help_text=_("0: as often as needed.")
    )
    shuffle_questions = models.BooleanField(
        _("shuffle the questions"),
        default=True,
        help_text=_("Off where one question builds on another."),
    )
    shuffle_choices = models.BooleanField(
        _("shuffle the answers"),
        default=True,
        help_text=_("Off where the answers have an order, such as amounts."),
    )

    content_panels = [
        *StepPage.content_panels,
        FieldPanel("minutes"),
        FieldPanel("intro"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("pass_mark"), FieldPanel("max_attempts")]),
                FieldRowPanel([FieldPanel("shuffle_questions"), FieldPanel("shuffle_choices")]),
            ],
            heading=_("rules"),
        ),
        InlinePanel(
            "fixed_questions",
            heading=_("questions that everybody gets"),
            label=_("question"),
            help_text=_("Choose published questions from the question bank."),
        ),
        InlinePanel(
            "draws",
            heading=_("questions drawn at random"),
            label=_("draw"),
            help_text=_(
                "Everybody gets other questions of the category. Whoever takes the quiz again gets"
                " those first that they have not seen."
            ),
        ),
    ]
    # Never the questions: what is asked is not to be looked up.
    search_fields = [*StepPage.search_fields, index.SearchField("intro")]
    parent_page_types = ["courses.CoursePage"]
    is_creatable = True
    template = "quizzes/quiz_page.html"

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")

    def get_preview_template(
        self,
        request: HttpRequest,  # noqa: ARG002
        mode_name: str,
    ) -> str:
        return "quizzes/quiz_page.html" if mode_name else "quizzes/quiz_page_preview.html"


class FixedQuestion(Orderable):
    page = ParentalKey(QuizPage, on_delete=models.CASCADE, related_name="fixed_questions")
    question = models.ForeignKey(
        Question,
        on_delete=models.PROTECT,
        related_name="fixed_in",
        verbose_name=_("question"),
    )

    panels = [FieldPanel("question")]

    class Meta(Orderable.Meta):
        verbose_name = _("question that everybody gets")
        verbose_name_plural = _("questions that everybody gets")

    def __str__(self) -> str:
        return f"{self.page_id} {self.question_id}"


class Draw(Orderable):
    page = ParentalKey(QuizPage, on_delete=models.CASCADE, related_name="draws")
    category = models.ForeignKey(
        QuestionCategory,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("Only its published questions are asked."),
    )
    count = models.PositiveSmallIntegerField(
        _("how many"),
        default=5,
        validators=[MinValueValidator(1)],
        help_text=_("Better fewer than the category has: then a second attempt asks others."),
    )

    panels = [FieldRowPanel([FieldPanel("category"), FieldPanel("count")])]

    class Meta(Orderable.Meta):
        verbose_name = _("draw")
        verbose_name_plural = _("draws")

    def __str__(self) -> str:
        return f"{self.page_id} {self.category_id} x {self.count}"


class Attempt(models.Model):
    """One sitting. Questions, order and pass mark are frozen when it starts."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="attempts")
    page = models.ForeignKey(QuizPage, on_delete=models.PROTECT, related_name="attempts")
    page_revision = models.ForeignKey(
        Revision, null=True, on_delete=models.PROTECT, related_name="+"
    )
    number = models.PositiveSmallIntegerField()
    pass_mark = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(100)], help_text="Percent, rounded down"
    )

    objects = AttemptQuerySet.as_manager()

    # Events, not content: the admin's index of references would write several rows for each.
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "page", "number"], name="attempt_numbered_once"
            ),
            models.UniqueConstraint(
                fields=["enrolment", "page"],
                condition=Q(submitted_at=None),
                name="attempt_one_open",
            ),
            models.CheckConstraint(
                name="attempt_scored_when_submitted",
                condition=Q(submitted_at=None, score=None)
                | Q(submitted_at__isnull=False, score__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.page_id} #{self.number}"

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def has_passed(self) -> bool:
        return self.score is not None and self.score >= self.pass_mark


class Response(models.Model):
    """One question of an attempt, and the answer given so far."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="responses")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="responses")
    version = models.ForeignKey(
        Revision, on_delete=models.PROTECT, related_name="+", help_text="The question as asked"
    )
    choice_order = models.JSONField(default=list, help_text="Choice uids as shown")
    chosen = models.JSONField(default=list, help_text="Choice uids")
    # The browser numbers its saves, so that one that arrives late cannot undo a later one.
    sequence = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    is_correct = models.BooleanField(null=True)

    objects = ResponseQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="response_position_once"),
            models.UniqueConstraint(fields=["attempt", "question"], name="response_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} q{self.position}"

    @property
    def is_answered(self) -> bool:
        return bool(self.chosen)
