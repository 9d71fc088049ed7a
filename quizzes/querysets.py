import unicodedata
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from lms.people.models import Person


class QuestionQuerySet(models.QuerySet[Any]):
    def askable(self) -> Self:
        """Questions with a published version."""
        return self.filter(live=True, live_revision__isnull=False)

    def matching(self, words: str) -> Self:
        """Questions that contain every word, wherever in a Japanese sentence it stands."""
        found = self
        for word in words.split():
            match = Q()
            for form in {word, unicodedata.normalize("NFKC", word)}:
                for field in ("text", "explanation", "choices__text"):
                    match |= Q(**{f"{field}__icontains": form})
            found = found.filter(match)
        return found.distinct()


class AttemptQuerySet(models.QuerySet[Any]):
    def visible_to(self, person: Person) -> Self:
        """Answers and scores are seen by the person who gave them, and by nobody else."""
        return self.filter(enrolment__person=person)

    def unsubmitted(self) -> Self:
        return self.filter(submitted_at=None)

    def passed(self) -> Self:
        return self.filter(score__gte=F("pass_mark"))


class ResponseQuerySet(models.QuerySet[Any]):
    def visible_to(self, person: Person) -> Self:
        return self.filter(attempt__enrolment__person=person)

    def seen_by(self, person: Person) -> models.QuerySet[Any, dict[str, Any]]:
        """How often the person was asked each question, in whatever quiz."""
        return (
            self.filter(attempt__enrolment__person=person)
            .order_by()
            .values("question")
            .annotate(times=models.Count("pk"))
        )
