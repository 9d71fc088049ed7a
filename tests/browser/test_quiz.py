"""No answer is lost: connection gone, page reloaded, session ended."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from courses.models import Certificate, Enrolment
from quizzes.models import Attempt, QuizPage, Response
from tests.browser.conftest import SignIn
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course
from tests.factories.people import PersonFactory
from tests.factories.quizzes import make_question, make_quiz, right_answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
UNSAVED = "まだ保存できていません"
SAVED = "保存しました"


@pytest.fixture
def enrolment() -> Enrolment:
    today = timezone.localdate()
    offering = OfferingFactory.create(
        course=make_course(),
        opens_on=today - dt.timedelta(days=1),
        due_on=today + dt.timedelta(days=30),
    )
    return EnrolmentFactory.create(offering=offering, assigned_on=today)


@pytest.fixture
def quiz(enrolment: Enrolment) -> QuizPage:
    return make_quiz(
        enrolment.offering.course,
        [
            make_question("一つ目"),
            make_question("二つ目", kind="multiple", right=["あ", "い"], wrong=["う"]),
        ],
        shuffle_questions=False,
        shuffle_choices=False,
    )


@pytest.fixture
def page(browser_page: Page, sign_in: SignIn, enrolment: Enrolment, quiz: QuizPage) -> Page:
    """A browser that has just begun the quiz."""
    sign_in(browser_page, enrolment.person)
    browser_page.goto(quiz.url)
    browser_page.get_by_role("button", name="始める").click()
    browser_page.wait_for_url("**/quizzes/attempts/*/")
    return browser_page


def choice(page: Page, position: int, text: str) -> Locator:
    return page.locator(f"#q{position}").get_by_label(text, exact=True)


def state(page: Page, position: int) -> Locator:
    return page.locator(f"#q{position} [data-state]")


def stored(position: int) -> Response:
    return Response.objects.select_related("version").get(position=position)


def test_an_answer_given_without_a_connection_reaches_the_server_later(page: Page) -> None:
    choice(page, 1, "しばらく様子を見る").check()
    expect(state(page, 1)).to_contain_text(SAVED)
    page.context.set_offline(True)
    choice(page, 1, "情報担当に知らせる").check()
    choice(page, 2, "あ").check()
    choice(page, 2, "い").check()
    expect(state(page, 1)).to_contain_text(UNSAVED)
    expect(page.locator("[data-quiz-alert]")).to_contain_text("つながり次第、送り直します")
    # Going on is held back until the server has everything.
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.locator("#q1")).to_be_visible()
    page.context.set_offline(False)
    expect(state(page, 1)).to_contain_text(SAVED)
    expect(state(page, 2)).to_contain_text(SAVED)
    expect(page.locator("[data-quiz-alert]")).to_be_empty()
    for position in (1, 2):
        assert stored(position).chosen == right_answer(stored(position))
    assert page.evaluate("localStorage.length") == 0


def test_an_answer_that_was_not_sent_survives_reloading_the_page(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    # The answers cannot be sent, but the page itself can be loaded again.
    page.route("**/questions/**", lambda route: route.abort())
    choice(page, 1, "情報担当に知らせる").check()
    expect(state(page, 1)).to_contain_text(UNSAVED)
    assert stored(1).chosen == []
    page.unroute("**/questions/**")
    page.reload()
    expect(choice(page, 1, "情報担当に知らせる")).to_be_checked()
    expect(state(page, 1)).to_contain_text(SAVED)
    assert stored(1).chosen == right_answer(stored(1))


def test_after_the_session_has_ended_signing_in_elsewhere_is_enough(
    page: Page, sign_in: SignIn, enrolment: Enrolment
) -> None:
    page.context.clear_cookies(name="sessionid")
    choice(page, 1, "情報担当に知らせる").check()
    expect(page.locator("[data-quiz-alert]")).to_contain_text("サインアウトしています")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="サインインする").click()
    sign_in(opened.value, enrolment.person)
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state(page, 1)).to_contain_text(SAVED)
    assert stored(1).chosen == right_answer(stored(1))
    # The form's own token is older than the new session: going on works all the same.
    page.get_by_role("button", name="確認へ進む").click()
    page.wait_for_url("**/review/")


def test_on_a_shared_pc_answers_are_kept_for_their_owner_and_hidden_from_others(
    page: Page, sign_in: SignIn, enrolment: Enrolment
) -> None:
    page.context.clear_cookies(name="sessionid")
    choice(page, 1, "情報担当に知らせる").check()
    expect(page.locator("[data-quiz-alert]")).to_contain_text("サインアウトしています")
    other = page.context.new_page()
    sign_in(other, PersonFactory.create())
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-quiz-alert]")).to_contain_text("別の人がサインインしています")
    expect(page.locator("#q1")).to_be_hidden()
    expect(page.get_by_role("button", name="確認へ進む")).to_be_hidden()
    assert stored(1).chosen == []

    other.locator(".menu--me summary").click()
    other.get_by_role("button", name="サインアウト").click()
    sign_in(other, enrolment.person)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(state(page, 1)).to_contain_text(SAVED)
    expect(page.locator("#q1")).to_be_visible()
    expect(page.locator("[data-quiz-alert]")).to_be_empty()
    assert stored(1).chosen == right_answer(stored(1))
    assert page.evaluate("localStorage.length") == 0


def test_somebody_else_who_comes_to_the_open_page_sees_no_answers(
    page: Page, sign_in: SignIn
) -> None:
    choice(page, 1, "情報担当に知らせる").check()
    expect(state(page, 1)).to_contain_text(SAVED)
    page.context.clear_cookies(name="sessionid")
    sign_in(page.context.new_page(), PersonFactory.create())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#q1")).to_be_hidden()
    expect(page.locator("[data-quiz-alert]")).to_contain_text("別の人がサインインしています")


def test_leftovers_of_a_month_ago_are_cleared_and_younger_ones_kept(page: Page) -> None:
    day = 24 * 60 * 60 * 1000
    page.evaluate(
        """day => {
            for (const [key, days] of [["quiz:998:1", 31], ["quiz:999:1", 29]]) {
                const kept = { sequence: 9, chosen: [], at: Date.now() - days * day };
                localStorage.setItem(key, JSON.stringify(kept));
            }
            localStorage.setItem("another", "{}");
        }""",
        day,
    )
    page.reload()
    expect(choice(page, 1, "情報担当に知らせる")).to_be_visible()
    assert sorted(page.evaluate("Object.keys(localStorage)")) == ["another", "quiz:999:1"]


def test_after_handing_in_the_back_button_leads_to_the_result(page: Page) -> None:
    choice(page, 1, "情報担当に知らせる").check()
    choice(page, 2, "あ").check()
    expect(state(page, 2)).to_contain_text(SAVED)
    page.get_by_role("button", name="確認へ進む").click()
    page.wait_for_url("**/review/")
    page.get_by_role("button", name="提出する").dblclick()
    page.wait_for_url("**/result/")
    assert Attempt.objects.get().is_submitted
    for _ in range(2):
        page.go_back()
        page.wait_for_url("**/result/")
    expect(page.locator("form[data-quiz]")).to_have_count(0)


def test_going_back_from_the_review_shows_what_was_answered(page: Page) -> None:
    choice(page, 1, "しばらく様子を見る").check()
    expect(state(page, 1)).to_contain_text(SAVED)
    page.get_by_role("button", name="確認へ進む").click()
    page.wait_for_url("**/review/")
    page.go_back()
    expect(choice(page, 1, "しばらく様子を見る")).to_be_checked()
    choice(page, 1, "情報担当に知らせる").check()
    expect(state(page, 1)).to_contain_text(SAVED)
    assert stored(1).chosen == right_answer(stored(1))


def test_what_was_handed_in_in_another_tab_is_said_to_be_closed(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url + "review/")
    other.get_by_role("button", name="提出する").click()
    other.wait_for_url("**/result/")
    choice(page, 1, "情報担当に知らせる").click()
    expect(state(page, 1)).to_contain_text("提出済み")
    assert stored(1).chosen == []


def test_a_server_that_fails_for_a_while_is_asked_again(page: Page) -> None:
    page.route("**/questions/**", lambda route: route.fulfill(status=503, body="busy"))
    choice(page, 1, "情報担当に知らせる").check()
    expect(state(page, 1)).to_contain_text(UNSAVED)
    page.unroute("**/questions/**")
    # By itself, after its pause: nobody reloads, nothing tells it that the server is back.
    expect(state(page, 1)).to_contain_text(SAVED, timeout=15_000)
    assert stored(1).chosen == right_answer(stored(1))


def test_where_the_browser_keeps_nothing_answers_are_saved_all_the_same(
    browser_page: Page, sign_in: SignIn, enrolment: Enrolment, quiz: QuizPage
) -> None:
    browser_page.add_init_script(
        """for (const name of ["getItem", "setItem", "removeItem"])
             Storage.prototype[name] = () => { throw new DOMException("no", "SecurityError"); };
        """
    )
    sign_in(browser_page, enrolment.person)
    browser_page.goto(quiz.url)
    browser_page.get_by_role("button", name="始める").click()
    browser_page.wait_for_url("**/quizzes/attempts/*/")
    choice(browser_page, 1, "情報担当に知らせる").check()
    expect(state(browser_page, 1)).to_contain_text(SAVED)
    assert stored(1).chosen == right_answer(stored(1))


def test_the_last_day_may_pass_while_the_connection_is_gone(
    page: Page, enrolment: Enrolment
) -> None:
    """Answers are kept whatever the day; handing in says why it is too late, and whom to ask."""
    page.context.set_offline(True)
    choice(page, 1, "情報担当に知らせる").check()
    expect(state(page, 1)).to_contain_text(UNSAVED)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    enrolment.offering.opens_on = enrolment.offering.due_on = yesterday
    enrolment.offering.closes_on = yesterday
    enrolment.offering.save()
    page.context.set_offline(False)
    expect(state(page, 1)).to_contain_text(SAVED)
    assert stored(1).chosen == right_answer(stored(1))
    page.get_by_role("button", name="確認へ進む").click()
    page.wait_for_url("**/review/")
    page.get_by_role("button", name="提出する").click()
    expect(page.get_by_text("で終了しました")).to_be_visible()
    assert not Attempt.objects.get().is_submitted


def test_an_answer_changed_in_another_tab_is_shown_instead_of_being_undone(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    choice(page, 1, "しばらく様子を見る").check()
    expect(state(page, 1)).to_contain_text(SAVED)
    # Not check(): the answer may be turned back before check() has looked whether it stuck.
    choice(other, 1, "情報担当に知らせる").click()
    expect(state(other, 1)).to_contain_text("別の画面で答えが変わりました")
    expect(choice(other, 1, "しばらく様子を見る")).to_be_checked()
    choice(other, 1, "情報担当に知らせる").check()
    expect(state(other, 1)).to_contain_text(SAVED)
    assert stored(1).chosen == right_answer(stored(1))


def test_the_keyboard_is_enough_to_pass(page: Page) -> None:
    choice(page, 1, "情報担当に知らせる").focus()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    expect(page.locator(".progress__text")).to_have_text("2問中2問に解答")
    expect(state(page, 2)).to_contain_text(SAVED)
    page.get_by_role("button", name="確認へ進む").press("Enter")
    page.wait_for_url("**/review/")
    expect(page.get_by_text("すべての問題に答えました")).to_be_visible()
    page.get_by_role("button", name="提出する").press("Enter")
    page.wait_for_url("**/result/")
    expect(page.get_by_text("合格しました")).to_be_visible()
    assert Attempt.objects.get().score == 100
    assert Certificate.objects.count() == 1
