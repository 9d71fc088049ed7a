import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Certificate, Enrolment, StepProgress
from lms.people.enums import Role
from quizzes.domain import attempts
from quizzes.models import Attempt, QuizPage
from tests.factories.courses import EnrolmentFactory
from tests.factories.people import PersonFactory, PositionFactory, PostingFactory, make_unit
from tests.factories.quizzes import make_question, make_quiz, right_answer, wrong_answer
from tests.quizzes.conftest import Begin, give_answers

QUIZ_PAGE_QUERIES = 21

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_three")]


@pytest.fixture
def at_three(now: dt.datetime) -> Any:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def learner(client: Client, enrolment: Enrolment) -> Client:
    client.force_login(enrolment.person)
    return client


def post_answer(client: Client, attempt: Attempt, position: int, **data: Any) -> Any:
    return client.post(reverse("answer", args=[attempt.pk, position]), data)


# The page of the quiz


def test_the_page_says_the_rules_and_offers_to_begin(learner: Client, quiz: QuizPage) -> None:
    page = learner.get(quiz.url)
    text = page.content.decode()
    assert "5問" in text
    assert "80％以上の正解" in text
    assert reverse("quiz_start", args=[quiz.pk]) in text
    assert "no-store" in page["Cache-Control"]


def test_looking_begins_nothing(learner: Client, quiz: QuizPage) -> None:
    learner.get(quiz.url)
    assert learner.get(reverse("quiz_start", args=[quiz.pk])).status_code == 405
    assert not Attempt.objects.exists()


def test_begin_goes_on_and_ends_at_the_result(
    learner: Client, quiz: QuizPage, now: dt.datetime
) -> None:
    start = reverse("quiz_start", args=[quiz.pk])
    reply = learner.post(start)
    attempt = Attempt.objects.get()
    assert reply["Location"] == reverse("attempt", args=[attempt.pk])
    assert learner.post(start)["Location"] == reply["Location"]
    assert reverse("attempt", args=[attempt.pk]) in learner.get(quiz.url).content.decode()
    give_answers(attempt, 5, at=now)
    done = learner.post(reverse("attempt_submit", args=[attempt.pk]))
    assert done["Location"] == reverse("attempt_result", args=[attempt.pk])
    text = learner.get(quiz.url).content.decode()
    assert "合格" in text
    assert start not in text


def test_the_page_lists_earlier_attempts(
    learner: Client, quiz: QuizPage, begin: Begin, now: dt.datetime
) -> None:
    quiz.max_attempts = 2
    quiz.save_revision().publish()
    attempt = begin()
    give_answers(attempt, 3, at=now)
    attempts.submit(attempt, at=now)
    text = learner.get(quiz.url).content.decode()
    assert reverse("attempt_result", args=[attempt.pk]) in text
    assert "残り1回（2回まで）" in text
    attempts.submit(begin(), at=now)
    text = learner.get(quiz.url).content.decode()
    assert "受験できる回数を使い切りました" in text
    assert reverse("quiz_start", args=[quiz.pk]) not in text


def test_a_refused_start_says_why(learner: Client, quiz: QuizPage, enrolment: Enrolment) -> None:
    enrolment.offering.closes_on = dt.date(2026, 11, 22)
    enrolment.offering.due_on = None
    enrolment.offering.save()
    reply = learner.post(reverse("quiz_start", args=[quiz.pk]), follow=True)
    assert reply.redirect_chain[-1][0] == quiz.url
    assert "令和8年11月22日" in reply.content.decode()


def test_the_page_of_a_quiz_without_questions_offers_nothing(
    learner: Client, enrolment: Enrolment
) -> None:
    empty = make_quiz(enrolment.offering.course)
    text = learner.get(empty.url).content.decode()
    assert "準備中" in text
    assert reverse("quiz_start", args=[empty.pk]) not in text


def test_an_author_sees_the_page_without_being_enrolled(client: Client, quiz: QuizPage) -> None:
    client.force_login(PersonFactory.create(roles=[Role.AUTHOR]))
    text = client.get(quiz.url).content.decode()
    assert "受講対象になっていません" in text
    reply = client.post(reverse("quiz_start", args=[quiz.pk]), follow=True)
    assert reply.status_code == 200
    assert not Attempt.objects.exists()


def test_the_page_costs_the_same_with_more_attempts(
    learner: Client,
    quiz: QuizPage,
    begin: Begin,
    now: dt.datetime,
    django_assert_num_queries: Any,
) -> None:
    learner.get(quiz.url)
    for upto in (1, 3):
        while Attempt.objects.count() < upto:
            attempts.submit(begin(), at=now)
        with django_assert_num_queries(QUIZ_PAGE_QUERIES):
            learner.get(quiz.url)


# Strangers


@pytest.mark.parametrize("roles", [[], [Role.TRAINING_ADMIN], [Role.AUTHOR], [Role.AUDITOR]])
def test_nobody_else_finds_an_attempt(client: Client, begin: Begin, roles: list[Role]) -> None:
    attempt = begin()
    client.force_login(PersonFactory.create(roles=roles))
    for name in ("attempt", "attempt_review", "attempt_result"):
        assert client.get(reverse(name, args=[attempt.pk])).status_code == 404
    assert client.post(reverse("attempt", args=[attempt.pk])).status_code == 404
    assert client.post(reverse("attempt_submit", args=[attempt.pk])).status_code == 404
    first = attempt.responses.select_related("version").first()
    reply = post_answer(client, attempt, 1, sequence=1, chosen=right_answer(first))
    assert reply.status_code == 404
    first.refresh_from_db()
    assert (first.chosen, first.attempt.submitted_at) == ([], None)


def test_the_head_of_the_unit_finds_no_attempt(client: Client, begin: Begin) -> None:
    attempt = begin()
    unit = make_unit()
    PostingFactory.create(person=attempt.enrolment.person, unit=unit)
    head = PostingFactory.create(
        unit=unit, position=PositionFactory.create(name="課長", heads_unit=True)
    ).person
    client.force_login(head)
    assert client.get(reverse("attempt_result", args=[attempt.pk])).status_code == 404


def test_signed_out_people_are_asked_to_sign_in(client: Client, begin: Begin) -> None:
    attempt = begin()
    for name in ("attempt", "attempt_review", "attempt_result"):
        assert "login" in client.get(reverse(name, args=[attempt.pk]))["Location"]
    assert post_answer(client, attempt, 1, sequence=1).status_code == 401


# Answering at once


def test_an_answer_is_acknowledged_with_its_time(learner: Client, begin: Begin) -> None:
    attempt = begin()
    first = attempt.responses.select_related("version").first()
    reply = post_answer(learner, attempt, 1, sequence=1, chosen=right_answer(first))
    assert reply.json() == {
        "accepted": True,
        "chosen": right_answer(first),
        "sequence": 1,
        "message": "保存しました 15時00分",
    }
    assert "no-store" in reply["Cache-Control"]
    first.refresh_from_db()
    assert first.chosen == right_answer(first)


def test_a_late_answer_is_told_what_is_stored(learner: Client, begin: Begin) -> None:
    attempt = begin()
    first = attempt.responses.select_related("version").first()
    post_answer(learner, attempt, 1, sequence=3, chosen=right_answer(first))
    reply = post_answer(learner, attempt, 1, sequence=2, chosen=wrong_answer(first)).json()
    assert (reply["accepted"], reply["chosen"], reply["sequence"]) == (
        False,
        right_answer(first),
        3,
    )


@pytest.mark.parametrize("sequence", ["", "0", "-1", "x", "2147483648"])
def test_a_mangled_save_is_refused(learner: Client, begin: Begin, sequence: str) -> None:
    reply = post_answer(learner, begin(), 1, sequence=sequence)
    assert reply.status_code == 400
    assert reply.json()["message"]


def test_refusals_carry_a_sentence(learner: Client, begin: Begin, now: dt.datetime) -> None:
    attempt = begin()
    reply = post_answer(learner, attempt, 1, sequence=1, chosen="no such choice")
    assert reply.status_code == 409
    attempts.submit(attempt, at=now)
    reply = post_answer(learner, attempt, 1, sequence=1)
    assert reply.status_code == 409
    assert "提出済み" in reply.json()["message"]
    assert post_answer(learner, attempt, 99, sequence=1).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_saving_an_answer_is_cheap(learner: Client, begin: Begin) -> None:
    attempt = begin()
    first = attempt.responses.select_related("version").first()
    chosen = right_answer(first)
    with CaptureQueriesContext(connection) as captured:
        post_answer(learner, attempt, 1, sequence=1, chosen=chosen)
    statements = [query["sql"].split()[0] for query in captured]
    # Session, person, answer, the lock on the attempt; and one row written.
    assert [word for word in statements if word not in ("BEGIN", "COMMIT")] == [
        *["SELECT"] * 4,
        "UPDATE",
    ]


# Without JavaScript


def page_data(attempt: Attempt, chosen: dict[int, list[str]], **more: str) -> dict[str, Any]:
    data: dict[str, Any] = dict(more)
    for response in attempt.responses.all():
        data[f"sequence-{response.position}"] = response.sequence
        data[f"chosen-{response.position}"] = chosen.get(response.position, response.chosen)
    return data


def test_the_plain_form_saves_the_page_and_goes_on(learner: Client, begin: Begin) -> None:
    attempt = begin()
    url = reverse("attempt", args=[attempt.pk])
    first, second = attempt.responses.select_related("version")[:2]
    data = page_data(attempt, {1: right_answer(first), 2: wrong_answer(second)}, go="review")
    assert learner.post(url, data)["Location"] == reverse("attempt_review", args=[attempt.pk])
    first.refresh_from_db()
    assert first.chosen == right_answer(first)
    text = learner.get(reverse("attempt_review", args=[attempt.pk])).content.decode()
    assert "まだ答えていない問題が3問あります" in text
    assert f"{url}#q3" in text
    shown = learner.get(url).content.decode()
    assert shown.count(" checked") == 2
    stay = learner.post(url, page_data(attempt, {3: []}, go="stay"), follow=True)
    assert "答えを保存しました" in stay.content.decode()


def test_a_stale_page_does_not_undo_what_was_answered_elsewhere(
    learner: Client, begin: Begin
) -> None:
    attempt = begin()
    url = reverse("attempt", args=[attempt.pk])
    first = attempt.responses.select_related("version").first()
    stale = page_data(attempt, {1: wrong_answer(first)}, go="review")
    post_answer(learner, attempt, 1, sequence=1, chosen=right_answer(first))
    reply = learner.post(url, stale)
    assert reply["Location"] == f"{url}#q1"
    assert "別の画面で答えが変わりました：1。" in learner.get(url).content.decode()
    first.refresh_from_db()
    assert first.chosen == right_answer(first)


def test_a_mangled_page_changes_nothing(learner: Client, begin: Begin) -> None:
    attempt = begin()
    url = reverse("attempt", args=[attempt.pk])
    for sequence in ("x", "", "-1", "99999999999"):
        learner.post(url, {"sequence-1": sequence, "chosen-1": "y", "go": "stay"})
    reply = learner.post(url, {"sequence-1": "0", "chosen-1": "y"}, follow=True)
    assert "選択肢にありません" in reply.content.decode()
    assert attempt.responses.first().chosen == []


def test_a_submitted_attempt_shows_its_result_only(
    learner: Client, begin: Begin, now: dt.datetime
) -> None:
    attempt = begin()
    result = reverse("attempt_result", args=[attempt.pk])
    assert learner.get(result)["Location"] == reverse("attempt", args=[attempt.pk])
    attempts.submit(attempt, at=now)
    for name in ("attempt", "attempt_review"):
        assert learner.get(reverse(name, args=[attempt.pk]))["Location"] == result


# Handing in, and what follows


def test_handing_in_twice_ends_at_the_same_result(
    learner: Client, begin: Begin, now: dt.datetime
) -> None:
    attempt = begin()
    give_answers(attempt, 5, at=now)
    url = reverse("attempt_submit", args=[attempt.pk])
    assert learner.get(url).status_code == 405
    for _ in range(2):
        assert learner.post(url)["Location"] == reverse("attempt_result", args=[attempt.pk])
    assert StepProgress.objects.count() == Certificate.objects.count() == 1
    text = learner.get(reverse("attempt_result", args=[attempt.pk])).content.decode()
    assert "100％（5／5問 正解）" in text
    assert reverse("certificate", args=[Certificate.objects.get().code]) in text


def test_a_failed_result_explains_but_does_not_give_the_answers(
    learner: Client, begin: Begin, now: dt.datetime
) -> None:
    attempt = begin()
    give_answers(attempt, 2, at=now)
    attempts.submit(attempt, at=now)
    text = learner.get(reverse("attempt_result", args=[attempt.pk])).content.decode()
    assert "40％（2／5問 正解）" in text
    assert text.count("「添付ファイルを開く」は危険です。") == 3
    assert text.count("早く知らせるほど、被害は小さくなります。") == 5
    assert text.count("情報担当に知らせる") == 2
    assert reverse("quiz_start", args=[attempt.page_id]) in text


def test_after_passing_the_right_answers_of_earlier_attempts_are_shown(
    learner: Client, begin: Begin, now: dt.datetime
) -> None:
    failed = begin()
    give_answers(failed, 2, at=now)
    attempts.submit(failed, at=now)
    passed = begin()
    give_answers(passed, 5, at=now)
    attempts.submit(passed, at=now)
    text = learner.get(reverse("attempt_result", args=[failed.pk])).content.decode()
    assert text.count("情報担当に知らせる") == 5
    assert reverse("quiz_start", args=[failed.page_id]) not in text


def test_what_authors_write_is_shown_as_text(
    client: Client, enrolment: Enrolment, now: dt.datetime
) -> None:
    question = make_question(right=["<script>alert(1)</script>"], wrong=["髙﨑𠮷 & <b>"])
    page = make_quiz(enrolment.offering.course, [question])
    client.force_login(enrolment.person)
    client.post(reverse("quiz_start", args=[page.pk]))
    text = client.get(reverse("attempt", args=[Attempt.objects.get().pk])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "髙﨑𠮷 &amp; &lt;b&gt;" in text


@pytest.mark.parametrize("name", ["attempt", "attempt_review"])
def test_the_pages_of_an_attempt_cost_the_same_with_more_questions(
    client: Client,
    enrolment: Enrolment,
    now: dt.datetime,
    django_assert_num_queries: Any,
    name: str,
) -> None:
    for count in (1, 3):
        page = make_quiz(
            enrolment.offering.course, [make_question(f"問題 {n}") for n in range(count)]
        )
        other = EnrolmentFactory.create(offering=enrolment.offering)
        client.force_login(other.person)
        StepProgress.objects.bulk_create(
            StepProgress(enrolment=other, page=step, completed_at=now)
            for step in enrolment.offering.course.get_children().exclude(pk=page.pk)
        )
        client.post(reverse("quiz_start", args=[page.pk]))
        attempt = Attempt.objects.get(enrolment=other)
        client.get(reverse(name, args=[attempt.pk]))
        with django_assert_num_queries(6):
            client.get(reverse(name, args=[attempt.pk]))
