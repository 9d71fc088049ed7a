import datetime as dt

import pytest

from courses.models import Certificate, Enrolment, Release, StepProgress
from lms.core.errors import RuleViolation
from lms.core.models import AuditEntry
from quizzes.domain import attempts, versions
from quizzes.models import Attempt, Question, QuizPage
from tests.factories.courses import EnrolmentFactory, make_lesson
from tests.factories.quizzes import (
    QuestionCategoryFactory,
    make_question,
    make_questions,
    make_quiz,
    right_answer,
    wrong_answer,
)
from tests.quizzes.conftest import Begin, give_answers, seeded

pytestmark = pytest.mark.django_db


def asked(attempt: Attempt) -> list[int]:
    return list(attempt.responses.values_list("question", flat=True))


# Starting


def test_starting_freezes_questions_order_mark_and_revision(
    begin: Begin, quiz: QuizPage, enrolment: Enrolment, now: dt.datetime
) -> None:
    attempt = begin()
    assert (attempt.number, attempt.pass_mark, attempt.page_revision) == (1, 80, quiz.live_revision)
    assert asked(attempt) == [row.question_id for row in quiz.fixed_questions.all()]
    first = attempt.responses.select_related("version", "question").first()
    assert first.version == first.question.live_revision
    assert first.choice_order == [str(choice.uid) for choice in first.question.choices.all()]
    enrolment.refresh_from_db()
    assert enrolment.started_at == now
    assert AuditEntry.objects.filter(action="attempt.started", actor=enrolment.person).count() == 1


def test_starting_again_goes_on_with_the_open_attempt(begin: Begin) -> None:
    assert begin(seed=1) == begin(seed=2)
    assert Attempt.objects.count() == 1


def test_the_next_attempt_has_the_next_number(begin: Begin, now: dt.datetime) -> None:
    attempts.submit(begin(), at=now)
    assert begin().number == 2


def test_a_locked_step_cannot_be_started(
    enrolment: Enrolment, begin: Begin, now: dt.datetime
) -> None:
    make_lesson(enrolment.offering.course, title="パスワード")
    locked = make_quiz(enrolment.offering.course, make_questions(1))
    with pytest.raises(RuleViolation):
        begin(locked)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("field", "day"), [("opens_on", dt.date(2026, 11, 24)), ("closes_on", dt.date(2026, 11, 22))]
)
def test_a_closed_offering_cannot_be_started(
    enrolment: Enrolment, begin: Begin, field: str, day: dt.date
) -> None:
    setattr(enrolment.offering, field, day)
    enrolment.offering.due_on = None
    enrolment.offering.save()
    with pytest.raises(RuleViolation):
        begin()


@pytest.mark.parametrize("field", ["opens_on", "closes_on"])
def test_the_first_and_the_last_day_count(enrolment: Enrolment, begin: Begin, field: str) -> None:
    setattr(enrolment.offering, field, dt.date(2026, 11, 23))
    enrolment.offering.save()
    assert begin().number == 1


def test_a_released_person_cannot_start(
    enrolment: Enrolment, begin: Begin, now: dt.datetime
) -> None:
    Release.objects.create(
        enrolment=enrolment,
        kind="withdrawal",
        starts_on=dt.date(2026, 11, 23),
        reason="異動",
        decided_at=now,
    )
    with pytest.raises(RuleViolation):
        begin()


def test_attempts_are_used_up(begin: Begin, quiz: QuizPage, now: dt.datetime) -> None:
    quiz.max_attempts = 2
    quiz.save()
    for _ in range(2):
        attempts.submit(begin(), at=now)
    with pytest.raises(RuleViolation):
        begin()


def test_the_last_attempt_can_be_gone_on_with(begin: Begin, quiz: QuizPage) -> None:
    quiz.max_attempts = 1
    quiz.save()
    assert begin() == begin()


def test_who_has_passed_does_not_start_again(begin: Begin, now: dt.datetime) -> None:
    attempt = begin()
    give_answers(attempt, 5, at=now)
    attempts.submit(attempt, at=now)
    with pytest.raises(RuleViolation):
        begin()


def test_a_quiz_whose_questions_were_unpublished_is_not_begun(begin: Begin) -> None:
    for question in Question.objects.all():
        question.unpublish()
    with pytest.raises(RuleViolation):
        begin()
    assert not Attempt.objects.exists()


def test_an_unpublished_question_is_left_out(begin: Begin) -> None:
    gone = Question.objects.first()
    gone.unpublish()
    assert gone.pk not in asked(begin())
    assert Attempt.objects.get().responses.count() == 4


def test_a_draft_of_a_question_is_not_asked(begin: Begin) -> None:
    question = Question.objects.first()
    published = question.live_revision
    question.text = "<p>まだ公開していない文</p>"
    question.save_revision()
    assert begin().responses.get(question=question).version == published


def test_the_same_seed_shuffles_the_same_way(enrolment: Enrolment, now: dt.datetime) -> None:
    page = make_quiz(enrolment.offering.course, make_questions(10))
    other = EnrolmentFactory.create(offering=enrolment.offering)
    third = EnrolmentFactory.create(offering=enrolment.offering)
    orders = []
    for one, seed in ((enrolment, 7), (other, 7), (third, 8)):
        attempt = attempts.start(one, page, revision=None, rng=seeded(seed), at=now)
        orders.append(list(attempt.responses.values_list("question", "choice_order")))
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) != orders[0]


def test_the_two_answers_of_true_or_false_keep_their_order(
    enrolment: Enrolment, now: dt.datetime
) -> None:
    question = make_question(kind="true_false", right=["正しい"], wrong=["誤り"])
    page = make_quiz(enrolment.offering.course, [question])
    expected = [str(choice.uid) for choice in question.choices.all()]
    for seed in range(5):
        attempt = attempts.start(enrolment, page, revision=None, rng=seeded(seed), at=now)
        assert attempt.responses.get().choice_order == expected
        attempts.submit(attempt, at=now)


# Draws


def test_draws_prefer_questions_not_seen_before(enrolment: Enrolment, now: dt.datetime) -> None:
    category = QuestionCategoryFactory.create(name="メール")
    make_questions(5, category=category)
    page = make_quiz(enrolment.offering.course, draws=[(category, 2)])
    seen: list[int] = []
    for seed in range(2):
        attempt = attempts.start(enrolment, page, revision=None, rng=seeded(seed), at=now)
        seen += asked(attempt)
        attempts.submit(attempt, at=now)
    assert len(set(seen)) == 4
    third = asked(attempts.start(enrolment, page, revision=None, rng=seeded(3), at=now))
    assert len(set(third) - set(seen)) == 1
    assert len(set(third)) == 2


def test_a_question_is_drawn_once_although_it_is_fixed_and_drawn_twice(
    enrolment: Enrolment, now: dt.datetime
) -> None:
    category = QuestionCategoryFactory.create(name="メール")
    questions = make_questions(4, category=category)
    page = make_quiz(enrolment.offering.course, questions[:1], draws=[(category, 2), (category, 2)])
    attempt = attempts.start(enrolment, page, revision=None, rng=seeded(1), at=now)
    assert sorted(asked(attempt)) == sorted(question.pk for question in questions)


def test_unpublished_questions_are_not_drawn(enrolment: Enrolment, now: dt.datetime) -> None:
    category = QuestionCategoryFactory.create(name="メール")
    live = make_question(category=category)
    make_question(category=category, publish=False)
    page = make_quiz(enrolment.offering.course, draws=[(category, 2)])
    attempt = attempts.start(enrolment, page, revision=None, rng=seeded(1), at=now)
    assert asked(attempt) == [live.pk]


# Answering


def test_an_answer_is_kept_with_its_time(begin: Begin, now: dt.datetime) -> None:
    response = begin().responses.first()
    saved = attempts.save_answer(response, chosen=right_answer(response), sequence=1, at=now)
    response.refresh_from_db()
    assert saved.is_accepted
    assert (response.chosen, response.sequence, response.answered_at) == (
        right_answer(response),
        1,
        now,
    )
    assert response.is_correct is None


def test_a_late_answer_does_not_undo_a_later_one(begin: Begin, now: dt.datetime) -> None:
    response = begin().responses.first()
    attempts.save_answer(response, chosen=right_answer(response), sequence=5, at=now)
    for late in (4, 5):
        saved = attempts.save_answer(
            response, chosen=wrong_answer(response), sequence=late, at=now + dt.timedelta(hours=1)
        )
        assert not saved.is_accepted
        assert (saved.chosen, saved.sequence, saved.answered_at) == (right_answer(response), 5, now)
    response.refresh_from_db()
    assert response.chosen == right_answer(response)


def test_the_same_save_again_is_acknowledged_again(begin: Begin, now: dt.datetime) -> None:
    response = begin().responses.first()
    first = attempts.save_answer(response, chosen=right_answer(response), sequence=1, at=now)
    again = attempts.save_answer(
        response, chosen=right_answer(response), sequence=1, at=now + dt.timedelta(minutes=1)
    )
    assert again == first


def test_an_answer_can_be_taken_back(enrolment: Enrolment, now: dt.datetime) -> None:
    question = make_question(kind="multiple", right=["あ", "い"])
    page = make_quiz(enrolment.offering.course, [question])
    response = attempts.start(enrolment, page, revision=None, rng=seeded(1), at=now).responses.get()
    attempts.save_answer(response, chosen=right_answer(response), sequence=1, at=now)
    attempts.save_answer(response, chosen=[], sequence=2, at=now)
    response.refresh_from_db()
    assert response.chosen == []


def test_what_the_question_does_not_offer_is_refused(begin: Begin, now: dt.datetime) -> None:
    first, second = begin().responses.all()[:2]
    for chosen in (["no such thing"], right_answer(second)):
        with pytest.raises(RuleViolation):
            attempts.save_answer(first, chosen=chosen, sequence=1, at=now)


def test_one_answer_is_chosen_where_one_is_right(begin: Begin, now: dt.datetime) -> None:
    response = begin().responses.first()
    with pytest.raises(RuleViolation):
        attempts.save_answer(response, chosen=response.choice_order[:2], sequence=1, at=now)


def test_after_handing_in_nothing_is_changed(begin: Begin, now: dt.datetime) -> None:
    attempt = begin()
    attempts.submit(attempt, at=now)
    response = attempt.responses.first()
    with pytest.raises(RuleViolation):
        attempts.save_answer(response, chosen=right_answer(response), sequence=1, at=now)
    with pytest.raises(RuleViolation):
        attempts.save_answers(attempt, {1: (right_answer(response), 0)}, at=now)
    response.refresh_from_db()
    assert response.chosen == []


def test_a_page_of_answers_leaves_what_was_answered_elsewhere(
    begin: Begin, now: dt.datetime
) -> None:
    attempt = begin()
    first, second = attempt.responses.all()[:2]
    attempts.save_answer(first, chosen=right_answer(first), sequence=1, at=now)
    overtaken = attempts.save_answers(
        attempt, {1: (wrong_answer(first), 0), 2: (wrong_answer(second), 0)}, at=now
    )
    assert overtaken == [1]
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.chosen == right_answer(first)
    assert second.chosen == wrong_answer(second)


# Handing in


@pytest.mark.parametrize(("right", "score", "passed"), [(3, 60, False), (4, 80, True)])
def test_the_pass_mark_itself_is_a_pass(
    begin: Begin, now: dt.datetime, right: int, score: int, passed: bool
) -> None:
    attempt = begin()
    give_answers(attempt, right, at=now)
    attempt = attempts.submit(attempt, at=now)
    assert (attempt.score, attempt.has_passed, attempt.submitted_at) == (score, passed, now)
    assert list(attempt.responses.values_list("is_correct", flat=True)) == [
        position <= right for position in range(1, 6)
    ]
    assert StepProgress.objects.exists() is passed


def test_a_fraction_below_the_mark_is_not_a_pass(enrolment: Enrolment, now: dt.datetime) -> None:
    page = make_quiz(enrolment.offering.course, make_questions(9), pass_mark=78)
    attempt = attempts.start(enrolment, page, revision=None, rng=seeded(1), at=now)
    give_answers(attempt, 7, at=now)  # 77.8 %
    attempt = attempts.submit(attempt, at=now)
    assert (attempt.score, attempt.has_passed) == (77, False)


def test_passing_the_last_step_completes_the_course(
    begin: Begin, enrolment: Enrolment, quiz: QuizPage, now: dt.datetime
) -> None:
    attempt = begin()
    give_answers(attempt, 5, at=now)
    attempts.submit(attempt, at=now)
    step = StepProgress.objects.get()
    assert (step.page_id, step.revision, step.score) == (quiz.pk, attempt.page_revision, 100)
    enrolment.refresh_from_db()
    assert (enrolment.completed_at, enrolment.score) == (now, 100)
    assert Certificate.objects.get().enrolment == enrolment


def test_handing_in_twice_gives_one_result(begin: Begin, now: dt.datetime) -> None:
    attempt = begin()
    give_answers(attempt, 5, at=now)
    first = attempts.submit(attempt, at=now)
    second = attempts.submit(attempt, at=now + dt.timedelta(minutes=1))
    assert second.submitted_at == first.submitted_at
    assert StepProgress.objects.count() == Certificate.objects.count() == 1
    assert AuditEntry.objects.filter(action="attempt.submitted").count() == 1


def test_unanswered_questions_count_as_wrong(begin: Begin, now: dt.datetime) -> None:
    attempt = attempts.submit(begin(), at=now)
    assert (attempt.score, attempt.has_passed) == (0, False)
    assert set(attempt.responses.values_list("is_correct", flat=True)) == {False}


def test_nothing_is_handed_in_after_the_closing_day(
    begin: Begin, enrolment: Enrolment, now: dt.datetime
) -> None:
    attempt = begin()
    enrolment.offering.closes_on = dt.date(2026, 11, 23)
    enrolment.offering.save()
    with pytest.raises(RuleViolation):
        attempts.submit(attempt, at=now + dt.timedelta(days=1))
    attempt.refresh_from_db()
    assert not attempt.is_submitted


def test_a_begun_attempt_is_marked_as_it_was_asked(begin: Begin, now: dt.datetime) -> None:
    attempt = begin()
    question = Question.objects.first()
    asked_text = question.text
    # The author turns right and wrong around and rewrites the text.
    question.text = "<p>書き直した問題</p>"
    for choice in question.choices.all():
        choice.is_correct = not choice.is_correct
    question.save_revision().publish()
    response = attempt.responses.select_related("version").get(question=question)
    assert versions.read(response.version).text == asked_text
    give_answers(attempt, 5, at=now)
    assert attempts.submit(attempt, at=now).score == 100


def test_the_pass_mark_of_a_begun_attempt_stays(
    begin: Begin, quiz: QuizPage, now: dt.datetime
) -> None:
    attempt = begin()
    quiz.pass_mark = 100
    quiz.save_revision().publish()
    give_answers(attempt, 4, at=now)
    attempt = attempts.submit(attempt, at=now)
    assert attempt.has_passed
    assert StepProgress.objects.get().revision == attempt.page_revision


def test_a_question_that_was_asked_cannot_be_deleted(begin: Begin) -> None:
    from django.db.models import ProtectedError

    begin()
    with pytest.raises(ProtectedError):
        Question.objects.first().delete()


# Where a person stands


def test_standing_counts_what_is_left_and_the_best(
    begin: Begin, quiz: QuizPage, enrolment: Enrolment, now: dt.datetime
) -> None:
    quiz.max_attempts = 3
    quiz.save()
    for right in (3, 1):
        attempt = begin()
        give_answers(attempt, right, at=now)
        attempts.submit(attempt, at=now)
    stand = attempts.standing(enrolment, quiz)
    assert (stand.attempts_left, stand.best_score, stand.passed, stand.open) == (1, 60, None, None)
    assert [attempt.number for attempt in stand.submitted] == [2, 1]
    assert not stand.shows_right_answers
    attempts.submit(begin(), at=now)
    assert attempts.standing(enrolment, quiz).shows_right_answers
