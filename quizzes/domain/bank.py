"""The question bank: when a question or a quiz is ready, and where a question is used."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from lms.core.text import search_key
from quizzes.enums import QuestionKind
from quizzes.models import FixedQuestion, Question, QuestionCategory, QuizPage

MINIMUM_CHOICES = 2


@dataclass(frozen=True)
class ChoiceFacts:
    text: str
    is_correct: bool


@dataclass(frozen=True)
class Usage:
    """What keeps a question from being deleted."""

    quizzes: tuple[QuizPage, ...]
    times_asked: int

    @property
    def is_used(self) -> bool:
        return bool(self.quizzes or self.times_asked)


def choice_problems(kind: str, choices: Sequence[ChoiceFacts]) -> list[str]:
    """What keeps the answers of a question from being asked, each as a sentence."""
    problems = []
    if len(choices) < MINIMUM_CHOICES:
        problems.append(gettext("Enter two or more answers to choose from."))
    right = sum(choice.is_correct for choice in choices)
    if kind == QuestionKind.MULTIPLE and right == 0:
        problems.append(gettext("Tick “right” for every right answer; one is the least."))
    if kind != QuestionKind.MULTIPLE and right != 1:
        problems.append(
            gettext("Tick “right” for exactly one answer. Now it is ticked for %(count)s.")
            % {"count": right}
        )
    problems += [
        gettext("The answer “%(text)s” is there twice. Change or delete one of them.")
        % {"text": text}
        for text in _repeated(choice.text for choice in choices)
    ]
    return problems


def _repeated(texts: Iterable[str]) -> list[str]:
    firsts: dict[str, str] = {}
    repeated: dict[str, str] = {}
    for text in texts:
        key = search_key(text)
        if key in firsts:
            repeated[key] = firsts[key]
        firsts.setdefault(key, text)
    return list(repeated.values())


def quiz_problems(
    fixed: Sequence[Question], draws: Sequence[tuple[QuestionCategory, int]]
) -> list[str]:
    """What keeps a quiz from being published, each as a sentence."""
    if not fixed and not draws:
        return [gettext("Choose one or more questions, or have some drawn from a category.")]
    problems = [
        gettext("The question “%(question)s” is chosen twice. Remove one of them.")
        % {"question": question}
        for question, times in Counter(fixed).items()
        if times > 1
    ]
    problems += [
        gettext("The question “%(question)s” is not published. Publish it, or remove it here.")
        % {"question": question}
        for question in dict.fromkeys(fixed)
        if not question.live
    ]
    wanted: Counter[QuestionCategory] = Counter()
    for category, count in draws:
        wanted[category] += count
    for category, count in wanted.items():
        available = (
            Question.objects.askable()
            .filter(category=category)
            .exclude(pk__in=[question.pk for question in fixed])
            .count()
        )
        if count > available:
            problems.append(
                ngettext(
                    "The category “%(category)s” has %(available)s published question besides those"
                    " that everybody gets. Draw no more than that, or publish more.",
                    "The category “%(category)s” has %(available)s published questions besides"
                    " those that everybody gets. Draw no more than that, or publish more.",
                    available,
                )
                % {"category": category, "available": available}
            )
    return problems


def usage(question: Question) -> Usage:
    """The live quizzes and drafts' last saved state that name the question, and its answers."""
    quizzes = QuizPage.objects.filter(fixed_questions__question=question).distinct()
    return Usage(tuple(quizzes.order_by("title")), question.responses.count())


def quizzes_using(questions: Iterable[Question]) -> Mapping[int, list[str]]:
    """The titles of the quizzes that name each question or draw from its category, by its key."""
    questions = list(questions)
    titles: dict[int, dict[str, None]] = {question.pk: {} for question in questions}
    for pk, title in FixedQuestion.objects.filter(question__in=titles).values_list(
        "question", "page__title"
    ):
        titles[pk][title] = None
    drawing: dict[int, list[str]] = {}
    for category, title in QuizPage.objects.filter(
        draws__category__in={question.category_id for question in questions}
    ).values_list("draws__category", "title"):
        drawing.setdefault(category, []).append(title)
    for question in questions:
        if question.live:
            titles[question.pk] |= dict.fromkeys(drawing.get(question.category_id, []))
    return {pk: list(found) for pk, found in titles.items()}


def question_count(page: QuizPage) -> int:
    """How many questions an attempt begun now would have."""
    fixed = list(
        Question.objects.askable()
        .filter(fixed_in__page=page)
        .distinct()
        .values_list("pk", flat=True)
    )
    wanted: Counter[int] = Counter()
    for draw in page.draws.all():
        wanted[draw.category_id] += draw.count
    available = Counter(
        Question.objects.askable()
        .filter(category__in=wanted)
        .exclude(pk__in=fixed)
        .values_list("category", flat=True)
    )
    return len(fixed) + sum(min(count, available[pk]) for pk, count in wanted.items())
