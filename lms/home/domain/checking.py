"""点検: the advice on a course, page by page, and on what is open in an editor."""

from dataclasses import dataclass
from typing import Any

from courses.domain import advice as course_advice
from courses.models import CoursePage, LessonPage, StepPage
from quizzes.domain import advice as quiz_advice
from quizzes.models import Question, QuizPage


@dataclass(frozen=True)
class Checked:
    page: CoursePage | StepPage
    advice: list[str]


def advice_on(edited: Any) -> list[str]:
    """By what it is; nothing for what has no rules."""
    if isinstance(edited, CoursePage):
        return [*course_advice.on_course(edited), *quiz_advice.on_course(edited)]
    if isinstance(edited, LessonPage):
        return course_advice.on_lesson(edited)
    if isinstance(edited, QuizPage):
        return quiz_advice.on_quiz(edited)
    if isinstance(edited, Question):
        return quiz_advice.on_question(edited)
    return []


def check(course: CoursePage) -> list[Checked]:
    """The course and every step, as last saved."""
    pages: list[CoursePage | StepPage] = [course, *course_advice.steps_of(course)]
    return [Checked(page, advice_on(page)) for page in pages]
