from collections.abc import Sequence
from typing import Any

from factory.django import DjangoModelFactory

from courses.models import CoursePage
from quizzes.models import (
    Choice,
    Draw,
    FixedQuestion,
    Question,
    QuestionCategory,
    QuizPage,
    Response,
)


class QuestionCategoryFactory(DjangoModelFactory[QuestionCategory]):
    class Meta:
        model = QuestionCategory
        django_get_or_create = ("name",)

    name = "情報セキュリティ"


def make_question(
    text: str = "不審なメールが届きました。最初にすることはどれですか。",
    *,
    kind: str = "single",
    right: Sequence[str] = ("情報担当に知らせる",),
    wrong: Sequence[str] = ("添付ファイルを開く", "しばらく様子を見る"),
    publish: bool = True,
    category: QuestionCategory | None = None,
    explanation: str = "<p>早く知らせるほど、被害は小さくなります。</p>",
) -> Question:
    """A question of the bank, published unless said otherwise."""
    answers = [(answer, True) for answer in right] + [(answer, False) for answer in wrong]
    question = Question(
        category=category or QuestionCategoryFactory.create(),
        kind=kind,
        text=f"<p>{text}</p>",
        explanation=explanation,
        live=False,
        choices=[
            Choice(
                sort_order=order,
                text=answer,
                is_correct=is_correct,
                explanation="そのとおりです。" if is_correct else f"「{answer}」は危険です。",
            )
            for order, (answer, is_correct) in enumerate(answers)
        ],
    )
    question.save()
    revision = question.save_revision()
    if publish:
        revision.publish()
        question.refresh_from_db()
    return question


def make_questions(count: int, **facts: Any) -> list[Question]:
    return [make_question(f"問題文 {number}", **facts) for number in range(1, count + 1)]


def make_quiz(
    course: CoursePage,
    questions: Sequence[Question] = (),
    *,
    draws: Sequence[tuple[QuestionCategory, int]] = (),
    **facts: Any,
) -> QuizPage:
    """A published quiz as the last step of the course."""
    number = course.get_children().count() + 1
    facts = {"title": "確認テスト", "slug": f"quiz-{number}"} | facts
    quiz = QuizPage(
        **facts,
        fixed_questions=[
            FixedQuestion(sort_order=order, question=question)
            for order, question in enumerate(questions)
        ],
        draws=[
            Draw(sort_order=order, category=category, count=count)
            for order, (category, count) in enumerate(draws)
        ],
    )
    course.refresh_from_db()
    course.add_child(instance=quiz)
    quiz.save_revision().publish()
    quiz.refresh_from_db()
    return quiz


def right_answer(response: Response) -> list[str]:
    return [row["uid"] for row in response.version.content["choices"] if row["is_correct"]]


def wrong_answer(response: Response) -> list[str]:
    return [row["uid"] for row in response.version.content["choices"] if not row["is_correct"]][:1]
