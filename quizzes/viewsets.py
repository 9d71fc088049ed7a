"""The question bank in the admin."""

from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
)
from wagtail.admin.panels.base import get_form_for_model
from wagtail.admin.ui.tables import Column, NumberColumn, StatusTagColumn, UpdatedAtColumn
from wagtail.snippets.views.snippets import (
    CopyView,
    IndexView,
    SnippetViewSet,
    SnippetViewSetGroup,
)

from lms.core.choosing import (
    KeepersChooseResultsView,
    KeepersChooserViewSet,
    KeepersChooseView,
)
from quizzes.domain import bank
from quizzes.forms import ChoiceForm, QuestionFilterForm, QuestionForm
from quizzes.models import Choice, Question, QuestionCategory
from quizzes.querysets import QuestionQuerySet


class ChoicesPanel(InlinePanel):
    def get_form_options(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_options()
        formset = options["formsets"][self.relation_name]
        formset["form"] = get_form_for_model(
            Choice,
            form_class=ChoiceForm,
            defer_required_on_fields=self.child_edit_handler.get_form_options().get(
                "defer_required_on_fields", []
            ),
        )
        return options


class UidPanel(FieldPanel):
    """Carried along, not shown and not compared."""

    def get_comparison_class(self) -> None:
        return None


QUESTION_PANELS = [
    MultiFieldPanel(
        [
            FieldRowPanel([FieldPanel("category"), FieldPanel("kind")]),
            FieldPanel("text"),
        ],
        heading=_("question"),
    ),
    ChoicesPanel(
        "choices",
        panels=[
            FieldPanel("text"),
            FieldPanel("is_correct"),
            FieldPanel("explanation"),
            UidPanel("uid", classname="w-hidden"),
        ],
        heading=_("answers"),
        label=_("answer"),
        classname="question-choices",
        help_text=_(
            "Example: “Tell the information security desk at once” is right; “Watch for a while” is"
            " wrong, because the damage spreads meanwhile."
        ),
    ),
    MultiFieldPanel(
        [
            FieldPanel("true_false_answer"),
            FieldPanel("true_explanation"),
            FieldPanel("false_explanation"),
        ],
        heading=_("answers to “true or false”"),
        classname="question-true-false",
        help_text=_("Only for the kind “true or false”: its two answers are made by themselves."),
    ),
    FieldPanel("explanation"),
    PublishingPanel(),
]


def state(question: Question) -> str:
    """Without asking for each row whether something is scheduled, as the stock column does."""
    if not question.live:
        return gettext("draft")
    return (
        gettext("live, with newer draft") if question.has_unpublished_changes else gettext("live")
    )


def refusal(question: Question) -> str:
    """Why a question cannot be deleted, with where it is used; empty when it can be."""
    usage = bank.usage(question)
    if not usage.is_used:
        return ""
    reasons = []
    if usage.quizzes:
        reasons.append(
            gettext("It is in these quizzes: %(quizzes)s.")
            % {"quizzes": "、".join(page.title for page in usage.quizzes)}
        )
    if usage.times_asked:
        reasons.append(
            ngettext(
                "It was asked %(times)s time, and the answers are kept as records.",
                "It was asked %(times)s times, and the answers are kept as records.",
                usage.times_asked,
            )
            % {"times": f"{usage.times_asked:,}"}
        )
    return " ".join(
        [
            gettext("“%(question)s” cannot be deleted.") % {"question": question},
            *reasons,
            gettext("Unpublish it instead: then it is not asked any more."),
        ]
    )


class QuestionIndexView(IndexView):
    @cached_property
    def columns(self) -> list[Column]:
        """Without the boxes for bulk actions: each question is deleted by itself, if at all."""
        return list(super().columns)[1:]

    def search_queryset(self, queryset: QuestionQuerySet) -> QuestionQuerySet:
        return queryset.matching(self.search_query) if self.is_searching else queryset

    def get_base_queryset(self) -> QuerySet[Question]:
        queryset: QuerySet[Question] = super().get_base_queryset()
        return queryset.select_related("category")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        titles = bank.quizzes_using(context["object_list"])
        for question in context["object_list"]:
            question.used_in = "、".join(titles[question.pk])
        return context


class QuestionCopyView(CopyView):
    def get_initial_form_instance(self) -> Question:
        """A new question with new answers, so that nothing ties it to the one it came from."""
        source = self.get_object().get_latest_revision_as_object()
        return Question(
            category=source.category,
            kind=source.kind,
            text=source.text,
            explanation=source.explanation,
            live=False,
            choices=[
                Choice(
                    sort_order=choice.sort_order,
                    text=choice.text,
                    is_correct=choice.is_correct,
                    explanation=choice.explanation,
                )
                for choice in source.choices.all()
            ],
        )


class QuestionChooserColumns:
    filter_form_class = QuestionFilterForm

    @property
    def columns(self) -> list[Column]:
        title, *others = super().columns  # type: ignore[misc]
        return [
            title,
            Column("category", label=_("category")),
            Column("get_kind_display", label=_("kind")),
            *others,
        ]


class QuestionChooseView(QuestionChooserColumns, KeepersChooseView):
    pass


class QuestionChooseResultsView(QuestionChooserColumns, KeepersChooseResultsView):
    pass


class QuestionChooserViewSet(KeepersChooserViewSet):
    choose_view_class = QuestionChooseView
    choose_results_view_class = QuestionChooseResultsView


class QuestionViewSet(SnippetViewSet):
    model = Question
    icon = "help"
    menu_label = _("questions")
    edit_handler = ObjectList(QUESTION_PANELS, base_form_class=QuestionForm)
    list_display = [
        "__str__",
        Column("get_kind_display", label=_("kind"), sort_key="kind", width="14%"),
        Column("category", label=_("category"), sort_key="category__name", width="14%"),
        Column("used_in", label=_("used in")),
        StatusTagColumn(
            "live",
            accessor=state,
            label=_("state"),
            primary=lambda question: question.live,
            width="12%",
        ),
        UpdatedAtColumn(),
    ]
    list_filter = ["category", "kind", "live"]
    list_per_page = 50
    search_fields = ["text"]
    search_backend_name = None
    index_view_class = QuestionIndexView
    copy_view_class = QuestionCopyView
    chooser_viewset_class = QuestionChooserViewSet
    chooser_per_page = 20


class QuestionCategoryViewSet(SnippetViewSet):
    model = QuestionCategory
    icon = "folder-open-inverse"
    menu_label = _("categories")
    panels = [FieldPanel("name", help_text=_("Example: passwords, e-mail, personal data."))]
    list_display = ["name", NumberColumn("question_count", label=_("questions"))]
    search_fields = ["name"]
    copy_view_enabled = False
    chooser_viewset_class = KeepersChooserViewSet

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionCategory]:  # noqa: ARG002
        return QuestionCategory.objects.annotate(question_count=Count("questions"))


class QuestionBankViewSetGroup(SnippetViewSetGroup):
    items = (QuestionViewSet, QuestionCategoryViewSet)
    menu_label = _("Question bank")
    menu_icon = "help"
    menu_order = 250
