"""A question as one of its versions asks it: plain data, read from the frozen revision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wagtail.models import Revision

from quizzes.enums import QuestionKind


@dataclass(frozen=True)
class ChoiceVersion:
    uid: str
    text: str
    is_correct: bool
    explanation: str


@dataclass(frozen=True)
class QuestionVersion:
    kind: str
    text: str
    explanation: str
    choices: tuple[ChoiceVersion, ...]

    @property
    def takes_several(self) -> bool:
        return self.kind == QuestionKind.MULTIPLE

    @property
    def right_uids(self) -> frozenset[str]:
        return frozenset(choice.uid for choice in self.choices if choice.is_correct)

    def in_order(self, uids: Sequence[str]) -> list[ChoiceVersion]:
        """The choices in the order in which an attempt shows them."""
        choices = {choice.uid: choice for choice in self.choices}
        return [choices[uid] for uid in uids]

    def among(self, uids: Iterable[str]) -> list[ChoiceVersion]:
        wanted = set(uids)
        return [choice for choice in self.choices if choice.uid in wanted]


def read(revision: Revision) -> QuestionVersion:
    content = revision.content
    rows = sorted(content["choices"], key=lambda row: row["sort_order"] or 0)
    return QuestionVersion(
        kind=content["kind"],
        text=content["text"],
        explanation=content["explanation"],
        choices=tuple(
            ChoiceVersion(row["uid"], row["text"], row["is_correct"], row["explanation"])
            for row in rows
        ),
    )
