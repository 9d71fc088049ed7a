"""A quiz's page as an audience sees it, for its author: no attempt is begun."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.domain import previewing
from courses.enums import Status
from quizzes.domain import bank
from quizzes.domain.attempts import Standing
from quizzes.models import Attempt, QuizPage

FAILED = "failed"
STAGES = {
    Status.NOT_STARTED.value: _("has not come so far"),
    Status.IN_PROGRESS.value: _("has come as far as this"),
    FAILED: _("has failed once"),
    Status.COMPLETED.value: _("has passed"),
}


def modes(quiz: QuizPage) -> list[tuple[str, str]]:
    return previewing.modes_of_step(quiz, STAGES.items())


def context(quiz: QuizPage, mode: str, *, at: dt.datetime) -> dict[str, Any]:
    """What quizzes.views.quiz_page would give somebody of the offering's audience."""
    offering, _colon, stage = mode.partition(":")
    reached = Status.IN_PROGRESS if stage == FAILED else stage
    found = previewing.step_context(quiz, f"{offering}:{reached}", at=at)
    if not found:
        return {}
    scores = {FAILED: max(0, quiz.pass_mark - 1), Status.COMPLETED: 100}
    attempts = [
        Attempt(
            pk=0,
            number=1,
            page=quiz,
            pass_mark=quiz.pass_mark,
            started_at=at,
            submitted_at=at,
            score=scores[stage],
        )
        for _one in range(stage in scores)
    ]
    return found | {
        "quiz": quiz,
        "question_count": bank.question_count(quiz),
        "standing": Standing(tuple(attempts), quiz.max_attempts),
        "obstacle": found["obstacle"] or found["place"].state.lock_reason,
    }
