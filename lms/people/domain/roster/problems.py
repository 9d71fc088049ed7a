from dataclasses import asdict, dataclass
from typing import Any

from lms.core.errors import RuleViolation


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong in which row (the heading is row 1) and column, and what to do."""

    row: int
    column: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class UnreadableRoster(RuleViolation):
    """The file as a whole cannot be used."""

    def __init__(self, message: str, *, column: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(1, column, message)
