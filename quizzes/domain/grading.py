"""Marks, as pure calculations."""

from collections.abc import Iterable

from quizzes.domain.versions import QuestionVersion


def is_correct(version: QuestionVersion, chosen: Iterable[str]) -> bool:
    """All or nothing: exactly the right answers were chosen. An unanswered question is wrong."""
    return set(chosen) == version.right_uids


def percent(correct: int, total: int) -> int:
    """Rounded down, so that nobody passes at 79.9 what needs 80."""
    return correct * 100 // total
