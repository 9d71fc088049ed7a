"""Taking a quiz: start, answer, hand in."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Revision

from courses.domain import completion, learning
from courses.models import Enrolment
from lms.core import audit
from lms.core.errors import RuleViolation
from quizzes.domain import grading, versions
from quizzes.enums import QuestionKind
from quizzes.models import Attempt, Question, QuizPage, Response


@dataclass(frozen=True)
class Standing:
    """Where a person stands with a quiz."""

    attempts: tuple[Attempt, ...]
    max_attempts: int

    @property
    def open(self) -> Attempt | None:
        return next((attempt for attempt in self.attempts if not attempt.is_submitted), None)

    @property
    def submitted(self) -> list[Attempt]:
        """Newest first."""
        return [attempt for attempt in reversed(self.attempts) if attempt.is_submitted]

    @property
    def passed(self) -> Attempt | None:
        return next((attempt for attempt in self.attempts if attempt.has_passed), None)

    @property
    def best_score(self) -> int | None:
        return max(
            (attempt.score for attempt in self.attempts if attempt.score is not None), default=None
        )

    @property
    def attempts_left(self) -> int | None:
        """None when there is no limit."""
        return max(0, self.max_attempts - len(self.attempts)) if self.max_attempts else None

    @property
    def is_used_up(self) -> bool:
        return self.attempts_left == 0 and self.open is None

    @property
    def shows_right_answers(self) -> bool:
        """While another attempt is to come, the explanations teach; the answers are not given."""
        return self.passed is not None or self.is_used_up


@dataclass(frozen=True)
class SavedAnswer:
    chosen: list[str]
    sequence: int
    answered_at: dt.datetime | None
    is_accepted: bool


def standing(enrolment: Enrolment, page: QuizPage) -> Standing:
    attempts = Attempt.objects.filter(enrolment=enrolment, page=page).order_by("number")
    return Standing(tuple(attempts), page.max_attempts)


def obstacle(enrolment: Enrolment, page: QuizPage, stand: Standing, *, on: dt.date) -> str:
    """Why no attempt can be begun on the day, as a sentence; empty when one can."""
    if reason := learning.obstacle(enrolment, on=on):
        return reason
    step = next((step for step in learning.outline(enrolment) if step.page.pk == page.pk), None)
    if step is None:
        return gettext("This quiz is not part of the course any more.")
    if step.is_locked:
        return step.lock_reason
    if stand.passed is not None:
        return gettext("You have already passed this quiz.")
    if stand.is_used_up:
        return gettext("You have used all attempts. Ask the training section what to do next.")
    return ""


def start(
    enrolment: Enrolment,
    page: QuizPage,
    *,
    revision: Revision | None,
    rng: random.Random,
    at: dt.datetime,
) -> Attempt:
    """The open attempt, or a new one with its questions, order and pass mark frozen."""
    with transaction.atomic():
        locked = _lock(enrolment)
        stand = standing(locked, page)
        if stand.open is not None:
            return stand.open
        if reason := obstacle(locked, page, stand, on=timezone.localdate(at)):
            raise RuleViolation(reason)
        questions = _choose_questions(locked, page, rng=rng)
        if not questions:
            raise RuleViolation(
                gettext("This quiz has no questions yet. Ask the training section to publish some.")
            )
        completion.start(locked, at=at)
        attempt = Attempt.objects.create(
            enrolment=locked,
            page=page,
            page_revision=revision,
            number=len(stand.attempts) + 1,
            pass_mark=page.pass_mark,
            started_at=at,
        )
        Response.objects.bulk_create(
            Response(
                attempt=attempt,
                position=position,
                question=question,
                version=question.live_revision,
                choice_order=_choice_order(question, shuffle=page.shuffle_choices, rng=rng),
            )
            for position, question in enumerate(questions, start=1)
        )
        audit.record(
            "attempt.started",
            by=locked.person,
            at=at,
            subject=attempt,
            person=locked.person,
            number=attempt.number,
        )
        return attempt


def save_answer(
    response: Response, *, chosen: Sequence[str], sequence: int, at: dt.datetime
) -> SavedAnswer:
    """Keep an answer. What arrives late, or twice, changes nothing and is told what is stored."""
    answer = _answer(response, chosen)
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update().get(pk=response.attempt_id)
        _refuse_if_submitted(attempt)
        return _save(response, answer, sequence=sequence, at=at)


def save_answers(
    attempt: Attempt, answers: Mapping[int, tuple[Sequence[str], int]], *, at: dt.datetime
) -> list[int]:
    """Keep what a whole page of answers changes: position > (chosen, sequence the page was shown
    with). The positions that somebody answered elsewhere in the meantime are left as they are and
    returned.
    """
    overtaken = []
    with transaction.atomic():
        _refuse_if_submitted(Attempt.objects.select_for_update().get(pk=attempt.pk))
        for response in attempt.responses.select_related("version"):
            chosen, shown_sequence = answers.get(response.position, (response.chosen, 0))
            answer = _answer(response, chosen)
            if answer == response.chosen:
                continue
            saved = _save(response, answer, sequence=shown_sequence + 1, at=at)
            if not saved.is_accepted:
                overtaken.append(response.position)
    return overtaken


def submit(attempt: Attempt, *, at: dt.datetime) -> Attempt:
    """Hand in: mark every question and, when passed, complete the step. The second call returns
    the result of the first.
    """
    with transaction.atomic():
        enrolment = _lock(attempt.enrolment)
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("page", "page_revision")
            .get(pk=attempt.pk)
        )
        if attempt.is_submitted:
            return attempt
        if reason := learning.obstacle(enrolment, on=timezone.localdate(at)):
            raise RuleViolation(reason)
        responses = list(attempt.responses.select_related("version"))
        for response in responses:
            response.is_correct = grading.is_correct(
                versions.read(response.version), response.chosen
            )
        Response.objects.bulk_update(responses, ["is_correct"])
        correct = sum(bool(response.is_correct) for response in responses)
        attempt.score = grading.percent(correct, len(responses))
        attempt.submitted_at = at
        attempt.save(update_fields=["score", "submitted_at"])
        audit.record(
            "attempt.submitted",
            by=enrolment.person,
            at=at,
            subject=attempt,
            person=enrolment.person,
            score=attempt.score,
            passed=attempt.has_passed,
        )
        if attempt.has_passed:
            completion.complete_step(
                enrolment,
                attempt.page,
                revision=attempt.page_revision,
                score=attempt.score,
                at=at,
            )
        return attempt


def _lock(enrolment: Enrolment) -> Enrolment:
    """What must not happen twice waits for the enrolment before it takes any other lock."""
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("offering__course", "person")
        .get(pk=enrolment.pk)
    )


def _refuse_if_submitted(attempt: Attempt) -> None:
    if attempt.is_submitted:
        raise RuleViolation(
            gettext("This attempt has been handed in. Its answers cannot be changed any more.")
        )


def _answer(response: Response, chosen: Sequence[str]) -> list[str]:
    """The chosen answers in the order of the page; refuses what the question does not offer."""
    wanted = set(chosen)
    if not wanted <= set(response.choice_order):
        raise RuleViolation(
            gettext("This answer does not belong to the question. Load the page again.")
        )
    if len(wanted) > 1 and not versions.read(response.version).takes_several:
        raise RuleViolation(gettext("Choose one answer for this question."))
    return [uid for uid in response.choice_order if uid in wanted]


def _save(response: Response, answer: list[str], *, sequence: int, at: dt.datetime) -> SavedAnswer:
    if Response.objects.filter(pk=response.pk, sequence__lt=sequence).update(
        chosen=answer, sequence=sequence, answered_at=at
    ):
        return SavedAnswer(answer, sequence, at, is_accepted=True)
    response.refresh_from_db(fields=["chosen", "sequence", "answered_at"])
    return SavedAnswer(
        response.chosen,
        response.sequence,
        response.answered_at,
        is_accepted=response.chosen == answer,
    )


def _choose_questions(
    enrolment: Enrolment, page: QuizPage, *, rng: random.Random
) -> list[Question]:
    """The published fixed questions, then the draws: those the person saw least come first."""
    fixed = page.fixed_questions.values_list("question_id", flat=True)
    draws = list(page.draws.all())
    askable = Question.objects.askable().select_related("live_revision")
    questions = askable.in_bulk(list(fixed))
    chosen = [questions[pk] for pk in dict.fromkeys(fixed) if pk in questions]
    if draws:
        seen = dict(Response.objects.seen_by(enrolment.person).values_list("question", "times"))
        pool = list(
            askable.filter(category__in=[draw.category_id for draw in draws])
            .exclude(pk__in=[question.pk for question in chosen])
            .order_by("pk")
        )
        for draw in draws:
            candidates = [q for q in pool if q.category_id == draw.category_id]
            rng.shuffle(candidates)
            candidates.sort(key=lambda question: seen.get(question.pk, 0))
            drawn = candidates[: draw.count]
            chosen += drawn
            pool = [question for question in pool if question not in drawn]
    if page.shuffle_questions:
        rng.shuffle(chosen)
    return chosen


def _choice_order(question: Question, *, shuffle: bool, rng: random.Random) -> list[str]:
    version = versions.read(question.live_revision)
    uids = [choice.uid for choice in version.choices]
    if shuffle and version.kind != QuestionKind.TRUE_FALSE:
        rng.shuffle(uids)
    return uids
