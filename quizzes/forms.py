import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm
from wagtail.admin.forms.choosers import BaseFilterForm

from quizzes.domain import bank
from quizzes.domain.bank import ChoiceFacts
from quizzes.enums import QuestionKind
from quizzes.models import Choice, Question, QuestionCategory
from quizzes.querysets import QuestionQuerySet

MAX_SEQUENCE = 2**31 - 1


class SequenceForm(forms.Form):
    """The number that the browser gives a save. The answers themselves, the domain judges."""

    sequence = forms.IntegerField(min_value=1, max_value=MAX_SEQUENCE)


def page_answers(data: QueryDict, positions: Iterable[int]) -> dict[int, tuple[list[str], int]]:
    """A whole page of answers as a plain form sends it: position > (chosen, sequence shown)."""
    answers = {}
    for position in positions:
        shown = data.get(f"sequence-{position}", "")
        if shown.isascii() and shown.isdigit() and int(shown) < MAX_SEQUENCE:
            answers[position] = (data.getlist(f"chosen-{position}"), int(shown))
    return answers


class UidField(forms.UUIDField):
    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:  # noqa: ARG002
        return False


class ChoiceForm(WagtailAdminModelForm):
    """Carries the uid of the choice through the editor: a draft's new choice has nothing else by
    which it could be known again.
    """

    uid = UidField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.prefix and "__prefix__" in self.prefix:
            # The pattern of rows still to be added: each of them is a choice of its own.
            self.initial["uid"] = None

    def clean_uid(self) -> uuid.UUID:
        if self.instance.pk:
            kept: uuid.UUID = self.instance.uid
            return kept
        return self.cleaned_data["uid"] or uuid.uuid4()


def _true_false_texts() -> dict[str, str]:
    """What is stored as the two answers: content, so in the language of the installation."""
    with translation.override(settings.LANGUAGE_CODE):
        return {"true": pgettext("statement", "right"), "false": pgettext("statement", "wrong")}


class QuestionForm(WagtailAdminModelForm):
    """A draft may be incomplete; what is published can be asked."""

    true_false_answer = forms.ChoiceField(
        label=_("The statement is"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("true", pgettext("statement", "right")),
            ("false", pgettext("statement", "wrong")),
        ],
    )
    true_explanation = forms.CharField(
        label=_("Explanation for whoever answers “right”"), required=False, max_length=500
    )
    false_explanation = forms.CharField(
        label=_("Explanation for whoever answers “wrong”"), required=False, max_length=500
    )

    class Media:
        js = ["js/question-admin.js"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.true_false_choices: list[Choice] = []
        if self.instance.kind == QuestionKind.TRUE_FALSE:
            self._read_true_false()
        if self.is_true_false:
            # The answers are made from the fields above; whatever stands in the rows is dropped.
            for form in self.formsets["choices"].forms:
                for field in form.fields.values():
                    field.required = False

    def _read_true_false(self) -> None:
        texts = _true_false_texts()
        choices = list(self.instance.choices.all())[:2]
        if choices and (choices[0].text, choices[-1].text) == (texts["false"], texts["true"]):
            choices.reverse()
        self.true_false_choices = choices
        for choice, answer in zip(self.true_false_choices, ("true", "false"), strict=False):
            self.initial[f"{answer}_explanation"] = choice.explanation
            if choice.is_correct:
                self.initial["true_false_answer"] = answer

    @property
    def is_true_false(self) -> bool:
        kind = self.data.get(self.add_prefix("kind")) if self.is_bound else self.instance.kind
        return bool(kind == QuestionKind.TRUE_FALSE)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self._renew_repeated_uids()
        if self.is_deferred_validation:
            return data
        for name in ("text", "explanation"):
            if data.get(name) and not strip_tags(data[name]).strip() and "<embed" not in data[name]:
                self.add_error(name, gettext("Enter some text."))
        if self.is_true_false:
            if not data.get("true_false_answer"):
                self.add_error(
                    "true_false_answer", gettext("Choose whether the statement is right or wrong.")
                )
        elif data.get("kind"):
            facts = [
                ChoiceFacts(form.cleaned_data["text"], form.cleaned_data.get("is_correct", False))
                for form in self._filled_in_choices()
            ]
            for problem in bank.choice_problems(data["kind"], facts):
                self.add_error(None, problem)
        return data

    def _filled_in_choices(self) -> list[ChoiceForm]:
        formset = self.formsets["choices"]
        formset.is_valid()
        return [
            form
            for form in formset.forms
            if getattr(form, "cleaned_data", None)
            and not form.cleaned_data.get("DELETE")
            and form.cleaned_data.get("text")
        ]

    def _renew_repeated_uids(self) -> None:
        taken: set[uuid.UUID | None] = set()
        for form in self._filled_in_choices():
            if form.cleaned_data.get("uid") in taken:
                form.instance.uid = form.cleaned_data["uid"] = uuid.uuid4()
            taken.add(form.cleaned_data.get("uid"))

    def save(self, commit: bool = True) -> Question:  # noqa: FBT001, FBT002 - Django's signature
        question: Question = super().save(commit=False)
        if question.kind == QuestionKind.TRUE_FALSE:
            question.choices = self._make_true_false(question)
        if commit:
            question.save()
        return question

    def _make_true_false(self, question: Question) -> list[Choice]:
        missing = len(_true_false_texts()) - len(self.true_false_choices)
        kept = self.true_false_choices + [Choice() for _ in range(missing)]
        texts = _true_false_texts().items()
        for order, (choice, (answer, text)) in enumerate(zip(kept, texts, strict=True)):
            choice.question = question
            choice.sort_order = order
            choice.text = text
            choice.is_correct = self.cleaned_data.get("true_false_answer") == answer
            choice.explanation = self.cleaned_data.get(f"{answer}_explanation", "")
        return kept


class QuestionFilterForm(BaseFilterForm):
    """How an author finds a question to put into a quiz."""

    q = forms.CharField(label=_("Words in the question"), required=False)
    category = forms.ModelChoiceField(
        QuestionCategory.objects.all(),
        label=_("category"),
        required=False,
        empty_label=_("All categories"),
        widget=forms.Select(attrs={"data-chooser-modal-search-filter": True}),
    )
    kind = forms.ChoiceField(
        label=_("kind"),
        required=False,
        choices=[("", _("All kinds")), *QuestionKind.choices],
        widget=forms.Select(attrs={"data-chooser-modal-search-filter": True}),
    )

    def filter(self, objects: QuestionQuerySet) -> QuestionQuerySet:
        if words := self.cleaned_data["q"]:
            self.is_searching = True
            self.search_query = words
            objects = objects.matching(words)
        if category := self.cleaned_data["category"]:
            objects = objects.filter(category=category)
        if kind := self.cleaned_data["kind"]:
            objects = objects.filter(kind=kind)
        return objects


class QuizPageForm(WagtailAdminPageForm):
    """A draft may be incomplete; what is published can be taken."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.is_deferred_validation:
            return data
        fixed = [row["question"] for row in self._rows("fixed_questions") if row.get("question")]
        draws = [
            (row["category"], row["count"])
            for row in self._rows("draws")
            if row.get("category") and row.get("count")
        ]
        for problem in bank.quiz_problems(fixed, draws):
            self.add_error(None, problem)
        return data

    def _rows(self, name: str) -> list[dict[str, Any]]:
        formset = self.formsets[name]
        formset.is_valid()
        return [
            form.cleaned_data
            for form in formset.forms
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE")
        ]
