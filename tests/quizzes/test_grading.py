import pytest

from quizzes.domain import grading
from quizzes.domain.versions import ChoiceVersion, QuestionVersion


def version(right: str, wrong: str) -> QuestionVersion:
    return QuestionVersion(
        kind="multiple",
        text="",
        explanation="",
        choices=tuple(ChoiceVersion(uid, uid, uid in right, "") for uid in right + wrong),
    )


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("ab", True), ("ba", True), ("a", False), ("abc", False), ("c", False), ("", False)],
)
def test_an_answer_is_right_only_as_a_whole(chosen: str, expected: bool) -> None:
    assert grading.is_correct(version("ab", "cd"), chosen) is expected


@pytest.mark.parametrize(
    ("correct", "total", "percent"),
    [(0, 5, 0), (5, 5, 100), (4, 5, 80), (2, 3, 66), (1, 3, 33), (199, 250, 79), (7, 9, 77)],
)
def test_percent_is_rounded_down(correct: int, total: int, percent: int) -> None:
    assert grading.percent(correct, total) == percent
