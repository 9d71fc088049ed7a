"""Two tabs, double clicks and retries that really run at the same time."""

import datetime as dt
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from courses.models import Certificate, Enrolment, StepProgress
from lms.core.errors import RuleViolation
from lms.core.models import AuditEntry
from quizzes.domain import attempts
from quizzes.models import Attempt, QuizPage
from tests.factories.quizzes import right_answer, wrong_answer
from tests.quizzes.conftest import Begin, give_answers, seeded

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
THREADS = 4


def together(work: Callable[[int], Any]) -> list[Any]:
    """What each thread returned or raised, all of them having begun at once."""
    barrier = Barrier(THREADS)

    def one(number: int) -> Any:
        try:
            barrier.wait(timeout=20)
            return work(number)
        except RuleViolation as violation:
            return violation
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_beginning_in_several_tabs_begins_one_attempt(
    enrolment: Enrolment, quiz: QuizPage, now: dt.datetime
) -> None:
    begun = together(
        lambda number: attempts.start(
            Enrolment.objects.get(pk=enrolment.pk),
            QuizPage.objects.get(pk=quiz.pk),
            revision=quiz.live_revision,
            rng=seeded(number),
            at=now,
        )
    )
    assert len({attempt.pk for attempt in begun}) == 1
    assert Attempt.objects.get().responses.count() == 5


def test_handing_in_at_the_same_time_gives_one_result(begin: Begin, now: dt.datetime) -> None:
    attempt = begin()
    give_answers(attempt, 5, at=now)
    results = together(
        lambda number: attempts.submit(
            Attempt.objects.get(pk=attempt.pk), at=now + dt.timedelta(seconds=number)
        )
    )
    assert len({result.submitted_at for result in results}) == 1
    assert {result.score for result in results} == {100}
    assert StepProgress.objects.count() == Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(action="attempt.submitted").count() == 1


def test_the_highest_sequence_wins_in_whatever_order_saves_arrive(
    begin: Begin, now: dt.datetime
) -> None:
    attempt = begin()
    order = list(range(1, THREADS + 1))
    random.shuffle(order)

    def save(number: int) -> None:
        response = attempt.responses.select_related("version").get(position=1)
        is_last = order[number] == THREADS
        attempts.save_answer(
            response,
            chosen=right_answer(response) if is_last else wrong_answer(response),
            sequence=order[number],
            at=now,
        )

    together(save)
    response = attempt.responses.select_related("version").get(position=1)
    assert (response.chosen, response.sequence) == (right_answer(response), THREADS)


def test_an_answer_is_either_marked_or_refused(begin: Begin, now: dt.datetime) -> None:
    """Saving and handing in cross: no answer is acknowledged and then left out of the marks."""
    attempt = begin()
    give_answers(attempt, 0, at=now)

    def act(number: int) -> Any:
        if number == 0:
            return attempts.submit(Attempt.objects.get(pk=attempt.pk), at=now)
        response = attempt.responses.select_related("version").get(position=number)
        return attempts.save_answer(response, chosen=right_answer(response), sequence=2, at=now)

    outcomes = together(act)
    accepted = [
        number for number in range(1, THREADS) if not isinstance(outcomes[number], Exception)
    ]
    marked = attempt.responses.filter(is_correct=True).values_list("position", flat=True)
    assert list(marked) == accepted
    assert outcomes[0].score == len(accepted) * 20
