import datetime as dt
import random
from collections.abc import Callable

import pytest

from courses.models import Enrolment
from quizzes.domain import attempts
from quizzes.models import Attempt, QuizPage
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course
from tests.factories.quizzes import make_questions, make_quiz, right_answer, wrong_answer

Begin = Callable[..., Attempt]


def seeded(seed: int) -> random.Random:
    """The same shuffles every time."""
    return random.Random(seed)  # noqa: S311 - no secret


@pytest.fixture
def enrolment(db: None) -> Enrolment:
    return EnrolmentFactory.create(offering=OfferingFactory.create(course=make_course()))


@pytest.fixture
def quiz(enrolment: Enrolment) -> QuizPage:
    """Five questions, 80 % to pass, in the order of the author."""
    return make_quiz(
        enrolment.offering.course,
        make_questions(5),
        shuffle_questions=False,
        shuffle_choices=False,
    )


@pytest.fixture
def begin(enrolment: Enrolment, quiz: QuizPage, now: dt.datetime) -> Begin:
    def start(page: QuizPage = quiz, of: Enrolment = enrolment, seed: int = 1) -> Attempt:
        return attempts.start(of, page, revision=page.live_revision, rng=seeded(seed), at=now)

    return start


def give_answers(attempt: Attempt, right: int, *, at: dt.datetime) -> None:
    """Answer that many questions right and the others wrong."""
    for response in attempt.responses.select_related("version"):
        chosen = right_answer(response) if response.position <= right else wrong_answer(response)
        attempts.save_answer(response, chosen=chosen, sequence=response.sequence + 1, at=at)
