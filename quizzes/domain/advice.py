"""What is worth mending in quizzes and questions before they are published. Advice only."""

import re
from collections.abc import Sequence

from django.utils.html import strip_tags
from django.utils.translation import gettext

from courses.models import CoursePage
from quizzes.domain import bank
from quizzes.models import Question, QuizPage

EMBEDDED_PICTURE = re.compile(r'<embed\b[^>]*embedtype="image"[^>]*>')
DESCRIPTION = re.compile(r'\balt="\s*[^"\s]')


def question_without_explanation(explanation: str) -> list[str]:
    if strip_tags(explanation).strip():
        return []
    return [
        gettext(
            "The question has no explanation. Say why the right answer is right: from this people "
            "learn."
        )
    ]


def question_pictures_without_description(text: str) -> list[str]:
    if all(DESCRIPTION.search(picture) for picture in EMBEDDED_PICTURE.findall(text)):
        return []
    return [gettext("A picture in the question has no description.")]


def course_without_quiz(quizzes: int) -> list[str]:
    if quizzes:
        return []
    return [
        gettext(
            "The course has no quiz. With one, people see whether they have understood; add it as "
            "the last step."
        )
    ]


def questions_without_explanation(questions: Sequence[Question]) -> list[str]:
    return [
        gettext("The question “%(question)s” has no explanation.") % {"question": question}
        for question in questions
        if question_without_explanation(question.explanation)
    ]


def on_question(question: Question) -> list[str]:
    return [
        *question_without_explanation(question.explanation),
        *question_pictures_without_description(question.text),
    ]


def on_quiz(quiz: QuizPage) -> list[str]:
    fixed = [row.question for row in quiz.fixed_questions.select_related("question")]
    draws = [(row.category, row.count) for row in quiz.draws.select_related("category")]
    drawn = Question.objects.askable().filter(category__in=[category for category, _ in draws])
    asked = {question.pk: question for question in [*fixed, *drawn]}
    return [
        *bank.quiz_problems(fixed, draws),
        *questions_without_explanation(list(asked.values())),
    ]


def on_course(course: CoursePage) -> list[str]:
    return course_without_quiz(QuizPage.objects.child_of(course).count())
