import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from courses.enums import ReleaseKind
from courses.models import Certificate, Release, StepProgress
from lms.people.enums import PostingKind, Role
from tests.conftest import TODAY
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import PersonFactory, PositionFactory, PostingFactory, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_today")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def person(client):
    person = PersonFactory()
    PostingFactory(person=person)
    client.force_login(person)
    return person


def enrol(person, slug: str, due_on: dt.date | None = None, steps: int = 2, **facts):
    course = make_course(f"研修 {slug}", slug)
    lessons = [make_lesson(course, f"{slug} レッスン{n}") for n in range(1, steps + 1)]
    offering = OfferingFactory(course=course, slug=slug)
    enrolment = EnrolmentFactory(
        person=person, offering=offering, due_on=due_on or TODAY + 30 * DAY, **facts
    )
    return enrolment, lessons


def complete(enrolment, *lessons, at=None) -> None:
    at = at or timezone.now()
    for lesson in lessons:
        StepProgress.objects.create(enrolment=enrolment, page=lesson.page_ptr, completed_at=at)


def text_of(client) -> str:
    main = re.search(r"<main.*?</main>", client.get("/").text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())


def test_it_is_for_whoever_is_signed_in(client) -> None:
    assert client.get("/").url == "/account/login/?next=/"
    assert client.post("/").status_code == 405


@pytest.mark.parametrize(
    ("due_on", "words", "tag"),
    [
        (TODAY - 2 * DAY, "2日過ぎています", "tag--late"),
        (TODAY - DAY, "1日過ぎています", "tag--late"),
        (TODAY, "今日まで", "tag--soon"),
        (TODAY + 3 * DAY, "期限まであと3日", "tag--soon"),
        (TODAY + 7 * DAY, "期限まであと7日", "tag--soon"),
        (TODAY + 8 * DAY, "期限まであと8日", "tag--neutral"),
    ],
)
def test_each_course_says_how_many_days_are_left(client, person, due_on, words, tag) -> None:
    enrol(person, "a", due_on)
    page = client.get("/").text
    assert f'<span class="tag {tag}">{words}</span>' in page


def test_a_course_without_a_due_day_comes_last_and_says_so(client, person) -> None:
    enrolment, _ = enrol(person, "open-ended")
    enrolment.due_on = None
    enrolment.save()
    enrol(person, "due", TODAY + 300 * DAY)
    text = text_of(client)
    assert text.index("研修 due") < text.index("研修 open-ended")
    assert "期限なし" in text


def test_what_is_due_first_comes_first_and_is_the_one_main_action(client, person) -> None:
    enrol(person, "later", TODAY + 9 * DAY)
    enrol(person, "late", TODAY - DAY)
    enrol(person, "soon", TODAY)
    page = client.get("/").text
    order = [page.index(f'href="/courses/{slug}/"') for slug in ("late", "soon", "later")]
    assert order == sorted(order)
    main = re.search(r"<main.*?</main>", page, re.DOTALL)[0]
    assert len(re.findall(r'class="button"', main)) == 1


def test_a_course_that_was_not_begun_is_begun_by_a_button(client, person) -> None:
    enrolment, _ = enrol(person, "a")
    page = client.get("/").text
    assert f'action="/learn/{enrolment.pk}/start/"' in page
    assert "未着手" in page
    assert "<progress" not in page


def test_a_course_in_progress_goes_on_where_one_was(client, person) -> None:
    enrolment, lessons = enrol(person, "a", steps=3, started_at=timezone.now())
    complete(enrolment, lessons[0])
    page = client.get("/").text
    assert 'href="/courses/a/lesson-2/"' in page
    assert "次：a レッスン2" in page
    assert 'value="1" max="3"' in " ".join(page.split())
    assert "3件中1件 完了" in page


def test_a_step_done_out_of_order_is_not_asked_for_again(client, person) -> None:
    enrolment, lessons = enrol(person, "a", steps=3, started_at=timezone.now())
    complete(enrolment, lessons[0], lessons[2])
    assert 'href="/courses/a/lesson-2/"' in client.get("/").text


def test_progress_in_one_offering_is_not_progress_in_another(client, person) -> None:
    enrolment, lessons = enrol(person, "a", started_at=timezone.now())
    complete(enrolment, *lessons)
    again = OfferingFactory(course=enrolment.offering.course, slug="again")
    EnrolmentFactory(person=person, offering=again, started_at=timezone.now())
    assert "2件中0件 完了" in client.get("/").text


def test_a_course_that_is_taken_offline_is_named_but_leads_nowhere(client, person) -> None:
    enrolment, _ = enrol(person, "a")
    enrolment.offering.course.unpublish()
    page = client.get("/").text
    assert "研修 a" in page
    assert 'href="/courses/a/' not in page
    assert "準備中です。" in page


def test_an_offering_that_closed_says_so_and_has_no_button(client, person) -> None:
    enrolment, _ = enrol(person, "a", TODAY - 5 * DAY)
    enrolment.offering.closes_on = TODAY - DAY
    enrolment.offering.save()
    page = client.get("/").text
    assert "令和8年11月22日" in page
    assert f"/learn/{enrolment.pk}/" not in page
    assert "修了しないまま終了した研修" in page
    assert "過ぎています" not in page, "nothing can be done about it any more"
    enrolment.offering.closes_on = TODAY
    enrolment.offering.save()
    assert f"/learn/{enrolment.pk}/" in client.get("/").text


def test_what_is_done_shows_its_day_and_certificate(client, person) -> None:
    done_at = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)
    enrolment, _ = enrol(person, "a", started_at=done_at, completed_at=done_at)
    Certificate.objects.create(
        enrolment=enrolment,
        serial="R8-00001",
        code="c0ffee",
        person_name=person.name,
        course_title="研修 a",
        completed_on=done_at.date(),
        issued_at=done_at,
    )
    text = text_of(client)
    assert "修了 令和8年10月5日 修了証（PDF）" in text
    assert "これから受ける研修はありません。" in text
    assert 'href="/certificates/c0ffee/pdf/"' in client.get("/").text


def test_a_course_done_without_a_certificate_offers_none(client, person) -> None:
    enrol(person, "a", started_at=timezone.now(), completed_at=timezone.now())
    page = client.get("/").text
    assert "修了証（PDF）" not in page
    assert 'href="/courses/a/"' in page


def test_the_sixth_completed_course_waits_behind_one_click(client, person) -> None:
    for n in range(6):
        at = timezone.now() - n * DAY
        enrol(person, f"c{n}", started_at=at, completed_at=at)
    page = client.get("/").text.split('id="completed"')[1]
    shown, folded = page.split('<details class="disclosure">')
    assert [f"研修 c{n}" in shown for n in range(6)] == [True] * 5 + [False]
    assert "研修 c5" in folded


def release(enrolment, kind: ReleaseKind, starts_on: dt.date, ends_on: dt.date | None) -> None:
    Release.objects.create(
        enrolment=enrolment,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        reason="異動",
        decided_at=timezone.now(),
    )


@pytest.mark.parametrize(("ends_on", "waived"), [(TODAY, True), (TODAY - DAY, False), (None, True)])
def test_a_waiver_holds_to_its_last_day(client, person, ends_on, waived) -> None:
    enrolment, _ = enrol(person, "a")
    release(enrolment, ReleaseKind.WAIVER, TODAY - 9 * DAY, ends_on)
    page = client.get("/").text
    assert ("次の研修は、今は受ける必要がありません。" in page) is waived
    assert ("tag--todo" in page) is not waived


def test_a_withdrawn_enrolment_is_gone(client, person) -> None:
    enrolment, _ = enrol(person, "a")
    release(enrolment, ReleaseKind.WITHDRAWAL, TODAY, None)
    assert "研修 a" not in client.get("/").text


def test_nobody_sees_what_others_are_enrolled_in(client, person) -> None:
    enrol(PersonFactory(), "theirs")
    assert "theirs" not in client.get("/").text


def test_with_nothing_assigned_it_says_what_will_appear_and_how_to_begin(client, person) -> None:
    page = client.get("/").text
    assert "割り当てられた研修は、まだありません。" in page
    assert 'href="/courses/"' in page


def test_voluntary_courses_for_the_person_are_offered(client, person) -> None:
    everybody = AudienceFactory()
    others = AudienceFactory(everybody=False)
    facts = {"is_mandatory": False, "due_on": None}
    for slug, audience, more in (
        ("mine", everybody, {}),
        ("last-day", everybody, {"closes_on": TODAY}),
        ("not-mine", others, {}),
        ("over", everybody, {"closes_on": TODAY - DAY}),
        ("not-yet", everybody, {"opens_on": TODAY + DAY}),
    ):
        course = make_course(f"研修 {slug}", slug)
        OfferingFactory(course=course, slug=slug, audience=audience, **facts, **more)
    text = text_of(client)
    assert "研修 mine" in text
    assert "令和8年11月23日（月）まで" in text
    for slug in ("not-mine", "over", "not-yet"):
        assert f"研修 {slug}" not in text


class TestHead:
    @pytest.fixture
    def head(self, client):
        head = PersonFactory()
        self.unit = make_unit("市民税課")
        chief = PositionFactory(name="課長", heads_unit=True)
        PostingFactory(person=head, unit=self.unit, position=chief)
        client.force_login(head)
        return head

    def staff(self, unit=None, **facts):
        person = PersonFactory()
        PostingFactory(person=person, unit=unit or self.unit, **facts)
        return person

    def test_sees_one_line_on_the_section(self, client, head) -> None:
        below = make_unit("個人市民税係", self.unit)
        offering = OfferingFactory(due_on=TODAY - DAY)
        now = timezone.now()
        for person, facts in (
            (self.staff(), {"started_at": now, "completed_at": now}),
            (self.staff(below), {"started_at": now}),
            (self.staff(below), {}),
            (self.staff(make_unit("よその課")), {}),
            (self.staff(kind=PostingKind.CONCURRENT), {}),
            (self.staff(ends_on=TODAY - DAY), {}),
            (self.staff(starts_on=TODAY + DAY), {}),
            (self.staff(public_on=TODAY + DAY), {}),
        ):
            EnrolmentFactory(person=person, offering=offering, **facts)
        text = text_of(client)
        assert "あなたの所属：市民税課" in text
        assert "必修研修の修了：3件中 1件。" in text
        assert "期限を過ぎた人が2人います。" in text
        assert 'href="/reports/completion/"' in client.get("/").text

    def test_nobody_is_late_on_the_due_day_itself(self, client, head) -> None:
        EnrolmentFactory(person=self.staff(), offering=OfferingFactory(due_on=TODAY))
        text = text_of(client)
        assert "必修研修の修了：1件中 0件。" in text
        assert "期限を過ぎた人はいません。" in text

    def test_somebody_late_twice_is_one_person(self, client, head) -> None:
        person = self.staff()
        for slug in ("a", "b"):
            enrolment, _ = enrol(person, slug, TODAY - DAY)
            assert enrolment.offering.is_mandatory
        assert "期限を過ぎた人が1人います。" in text_of(client)

    def test_what_is_voluntary_waived_or_over_does_not_count(self, client, head) -> None:
        person = self.staff()
        waived, _ = enrol(person, "waived")
        release(waived, ReleaseKind.WAIVER, TODAY, None)
        over, _ = enrol(person, "over")
        over.offering.closes_on = TODAY - DAY
        over.offering.save()
        voluntary, _ = enrol(person, "voluntary")
        voluntary.offering.is_mandatory = False
        voluntary.offering.save()
        assert "現在、所属を対象とする必修研修はありません。" in text_of(client)

    def test_somebody_who_heads_nothing_sees_no_such_line(self, client, person) -> None:
        assert "あなたの所属" not in client.get("/").text


@pytest.mark.parametrize(
    ("role", "there", "not_there"),
    [
        (Role.TRAINING_ADMIN, "職員名簿を取り込む", "問題と解説を書く"),
        (Role.AUTHOR, "問題と解説を書く", "職員名簿を取り込む"),
        (Role.DX_OFFICE, "ページを書く・公開する", "職員名簿を取り込む"),
    ],
)
def test_each_desk_lies_where_its_work_is(client, role: Role, there: str, not_there: str) -> None:
    client.force_login(PersonFactory(roles=[role]))
    page = client.get("/").text
    assert there in page
    assert not_there not in page
    desk = page[page.index('id="desk"') : page.index("</main>")]
    places = re.findall(r'href="([^"]+)"', desk)
    assert places
    for place in places:
        response = client.get(place, follow=True)
        assert response.status_code == 200
        # Whoever may not open it would be sent elsewhere.
        assert all(target.startswith(place) for target, _ in response.redirect_chain), place


def test_a_learner_has_no_desk(client, person) -> None:
    assert "担当者の仕事" not in client.get("/").text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_courses(
    client, person, rows: int, django_assert_num_queries
) -> None:
    for n in range(rows):
        enrolment, lessons = enrol(person, f"todo{n}", started_at=timezone.now())
        complete(enrolment, lessons[0])
        at = timezone.now()
        enrol(person, f"done{n}", started_at=at, completed_at=at)
        OfferingFactory(
            course=make_course(f"任意 {n}", f"voluntary{n}"),
            is_mandatory=False,
            due_on=None,
            slug=f"v{n}",
        )
    client.get("/")  # Wagtail keeps the address of its root page from now on.
    # Session, person; notices and the post that decides on them; enrolments, steps, progress; own
    # post, offers; lessons renewed since; headed units, roles; the site, the menu.
    with django_assert_num_queries(15):
        client.get("/")


def renew(lesson, at: dt.datetime) -> None:
    lesson.title = f"新しい{lesson.title}"
    lesson.save_revision().publish()
    type(lesson).objects.filter(pk=lesson.pk).update(last_published_at=at)


def news_of(client) -> str:
    page = BeautifulSoup(client.get("/").text, "html.parser")
    section = page.select_one("section[aria-labelledby=news]")
    return " ".join(section.text.split()) if section else ""


def test_nothing_new_is_no_section(client, person) -> None:
    enrol(person, "old", assigned_on=TODAY - 14 * DAY)
    assert news_of(client) == ""


def test_what_was_assigned_in_the_last_two_weeks_is_new_until_it_is_begun(client, person) -> None:
    enrolment, _ = enrol(person, "new", assigned_on=TODAY - 13 * DAY)
    assert "新しく受講が必要になりました" in news_of(client)
    assert "研修 new" in news_of(client)
    enrolment.started_at = timezone.now()
    enrolment.save()
    assert news_of(client) == ""


def test_an_offering_that_opens_later_is_new_from_its_opening_day(client, person) -> None:
    enrolment, _ = enrol(person, "later", assigned_on=TODAY - 60 * DAY)
    for opens_on, is_new in ((TODAY + DAY, False), (TODAY, True), (TODAY - 14 * DAY, False)):
        enrolment.offering.opens_on = opens_on
        enrolment.offering.save()
        assert bool(news_of(client)) is is_new


def test_what_one_may_take_is_new_from_its_opening_day(client, person) -> None:
    audience = AudienceFactory(everybody=False)
    audience.included.add(person)
    course = make_course("任意の研修", "free")
    OfferingFactory(course=course, audience=audience, is_mandatory=False, opens_on=TODAY)
    assert "新しく受講できるようになりました" in news_of(client)


def test_a_lesson_renewed_after_its_completion_is_told_with_its_course(client, person) -> None:
    now = timezone.now()
    _, (first, second) = enrol(
        person,
        "done",
        assigned_on=TODAY - 60 * DAY,
        started_at=now - 9 * DAY,
        completed_at=now - 9 * DAY,
    )
    renew(first, now - 10 * DAY)
    renew(second, now - 10 * DAY)
    assert news_of(client) == ""
    renew(second, now - 2 * DAY)
    told = news_of(client)
    assert "修了した後に、内容が新しくなりました" in told
    assert "done レッスン2 研修 done" in told
    assert "レッスン1" not in told


def test_five_lines_are_enough(client, person) -> None:
    for number in range(7):
        enrol(person, f"n{number}", steps=1, assigned_on=TODAY - number * DAY)
    told = news_of(client)
    assert "研修 n4" in told
    assert "研修 n5" not in told
