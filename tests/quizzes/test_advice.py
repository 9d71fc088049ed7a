"""Advice before publishing a question or a quiz."""

import pytest

from quizzes.domain import advice
from quizzes.models import Question
from tests.factories.courses import make_course
from tests.factories.quizzes import QuestionCategoryFactory, make_question, make_quiz


@pytest.mark.parametrize("explanation", ["", "<p></p>", "<p> </p>"])
def test_an_explanation_without_words_is_none(explanation: str) -> None:
    assert advice.question_without_explanation(explanation)
    assert not advice.question_without_explanation("<p>広がる前に止められます。</p>")


def test_each_picture_of_a_question_needs_a_description() -> None:
    told = '<p>図</p><embed alt="画面" embedtype="image" format="fullwidth" id="1"/>'
    silent = '<embed alt=" " embedtype="image" format="fullwidth" id="2"/>'
    assert advice.question_pictures_without_description("<p>図はありません</p>") == []
    assert advice.question_pictures_without_description(told) == []
    assert advice.question_pictures_without_description(told + silent)


@pytest.mark.django_db
def test_a_quiz_names_its_questions_without_an_explanation_drawn_ones_too() -> None:
    category = QuestionCategoryFactory.create(name="メール")
    fixed = make_question("固定の問題", explanation="<p></p>")
    make_question("引く問題", explanation="<p></p>", category=category)
    make_question("解説のある問題", category=category)
    quiz = make_quiz(make_course(), [fixed], draws=[(category, 1)])
    found = " ".join(advice.on_quiz(quiz))
    assert "固定の問題" in found
    assert "引く問題" in found
    assert "解説のある問題" not in found


@pytest.mark.django_db
def test_a_course_needs_a_quiz() -> None:
    course = make_course()
    assert advice.on_course(course)
    make_quiz(course, [make_question()])
    assert advice.on_course(course) == []
    assert advice.on_question(Question.objects.get()) == []
