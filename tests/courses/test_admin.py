"""What authors and HR do in the Wagtail admin."""

import datetime as dt
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from courses.domain import completion, enrolments
from courses.domain.enrolments import SYNC_JOB
from courses.models import (
    Audience,
    CourseIndexPage,
    CoursePage,
    Enrolment,
    LessonPage,
    Offering,
    Release,
)
from lms.core.calendar import today
from lms.core.models import AuditEntry, Job
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import LeaveFactory, PersonFactory, PostingFactory, make_unit

pytestmark = pytest.mark.django_db


def sign_in(client: Client, *roles: Role) -> Person:
    person: Person = PersonFactory(roles=list(roles))
    client.force_login(person)
    return person


@pytest.fixture
def hr(client: Client) -> Person:
    return sign_in(client, Role.TRAINING_ADMIN)


@pytest.fixture
def author(client: Client) -> Person:
    return sign_in(client, Role.AUTHOR)


@pytest.fixture
def publisher(client: Client) -> Person:
    return sign_in(client, Role.DX_OFFICE)


def audience_data(**more: Any) -> dict[str, Any]:
    return {"name": "総務部", "included_numbers": "", "excluded_numbers": "", "find": "", **more}


def offering_data(course: CoursePage, audience: Audience, **more: Any) -> dict[str, Any]:
    return {
        "course": course.pk,
        "slug": "security-2026",
        "fiscal_year": 2026,
        "audience": audience.pk,
        "is_mandatory": "on",
        "opens_on": "2026-04-01",
        "closes_on": "",
        "due_on": "2026-12-28",
        "due_days": "",
        **more,
    }


# Audiences


def test_members_are_shown_before_saving_and_nothing_is_saved(client: Client, hr: Person) -> None:
    division = make_unit("総務部")
    section = make_unit("職員課", division)
    inside = PostingFactory(unit=section).person
    LeaveFactory(person=inside)
    outside = PostingFactory(unit=make_unit("市民部")).person
    page = client.post(
        reverse("audience:add"), audience_data(name="", units=[division.pk], preview="1")
    ).content.decode()
    assert "現在　1人" in page
    assert inside.name in page
    assert outside.employee_number not in page
    assert "1人は休職等の期間中です" in page
    assert not Audience.objects.exists()
    assert not Job.objects.exists()


def test_a_person_is_found_by_name_and_added(client: Client, hr: Person) -> None:
    person = PersonFactory(employee_number="007", name="髙﨑　德子", name_kana="タカサキ　ノリコ")
    found = client.post(
        reverse("audience:add"), audience_data(find="ﾀｶｻｷ", find_people="1")
    ).content.decode()
    assert "髙﨑　德子" in found
    page = client.post(reverse("audience:add"), audience_data(find="ﾀｶｻｷ", add_included="007"))
    assert page.context["form"]["included_numbers"].value() == "007"
    assert list(page.context["members"]) == [person]


def test_saving_keeps_the_people_by_number_and_orders_a_sync(client: Client, hr: Person) -> None:
    one, two = PersonFactory(employee_number="0001"), PersonFactory(employee_number="0002")
    response = client.post(
        reverse("audience:add"),
        audience_data(everybody="on", included_numbers="０００１\n", excluded_numbers="0002"),
    )
    assert response.status_code == HTTPStatus.FOUND
    made = Audience.objects.get()
    assert (made.included.get(), made.excluded.get()) == (one, two)
    assert Job.objects.get().function == SYNC_JOB
    assert AuditEntry.objects.get().actor == hr


def test_an_unknown_number_is_named(client: Client, hr: Person) -> None:
    page = client.post(reverse("audience:add"), audience_data(included_numbers="999 998"))
    assert "999、998" in page.content.decode()
    assert not Audience.objects.exists()


def test_editing_shows_the_members_there_are(client: Client, hr: Person) -> None:
    PostingFactory.create_batch(51)
    made = AudienceFactory()
    address = reverse("audience:edit", args=[made.pk])
    page = client.get(address)
    assert "現在　51人" in page.content.decode()
    assert len(page.context["rows"]) == 50
    second = client.post(address, audience_data(everybody="on", preview="2"))
    assert len(second.context["rows"]) == 1


def test_the_units_are_a_tree_without_those_that_have_ended(client: Client, hr: Person) -> None:
    make_unit("職員課", make_unit("総務部"))
    make_unit("旧課", ends_on=today() - dt.timedelta(days=1))
    page = client.get(reverse("audience:add")).content.decode()
    assert "\u3000職員課" in page
    assert "旧課" not in page


# Offerings


def test_an_offering_is_made_and_orders_a_sync(client: Client, hr: Person) -> None:
    course, audience = make_course(), AudienceFactory()
    Job.objects.all().delete()
    assert client.get(reverse("offering:add")).status_code == HTTPStatus.OK
    response = client.post(reverse("offering:add"), offering_data(course, audience))
    assert response.status_code == HTTPStatus.FOUND
    assert Offering.objects.get().due_on == dt.date(2026, 12, 28)
    assert Job.objects.get().function == SYNC_JOB


def test_an_offering_that_makes_no_sense_is_explained(client: Client, hr: Person) -> None:
    course, audience = make_course(), AudienceFactory()
    for more, sentence in (
        ({"due_on": ""}, "必須の研修には受講期限が必要です"),
        ({"due_on": "2026-03-31"}, "受講期限は、開始日以降の日付を入力してください"),
        ({"closes_on": "2026-03-31"}, "終了日は、開始日以降の日付を入力してください"),
    ):
        page = client.post(reverse("offering:add"), offering_data(course, audience, **more))
        assert sentence in page.content.decode()
    assert not Offering.objects.exists()


def test_a_later_due_day_reaches_who_is_not_done(
    client: Client, hr: Person, now: dt.datetime
) -> None:
    offering = OfferingFactory(slug="security-2026")
    waiting = EnrolmentFactory(offering=offering)
    done = EnrolmentFactory(offering=offering, started_at=now, completed_at=now)
    client.post(
        reverse("offering:edit", args=[offering.pk]),
        offering_data(offering.course, offering.audience, due_on="2027-02-26"),
    )
    waiting.refresh_from_db()
    done.refresh_from_db()
    assert (waiting.due_on, done.due_on) == (dt.date(2027, 2, 26), dt.date(2026, 12, 28))


def test_the_course_of_an_offering_stays_when_people_are_in_it(client: Client, hr: Person) -> None:
    offering = OfferingFactory(slug="security-2026")
    EnrolmentFactory(offering=offering)
    other = make_course("他", "other")
    page = client.post(
        reverse("offering:edit", args=[offering.pk]), offering_data(other, offering.audience)
    )
    assert "すでに受講者がいるため" in page.content.decode()


def test_the_list_of_offerings_counts_in_the_same_queries_for_one_and_three(
    client: Client, hr: Person, now: dt.datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    offering = OfferingFactory()
    EnrolmentFactory(offering=offering)
    EnrolmentFactory(offering=offering, started_at=now, completed_at=now)
    page = client.get(reverse("offering:index"))
    shown = page.context["object_list"][0]
    assert (shown.enrolled, shown.completed) == (2, 1)
    with django_assert_num_queries(12):
        client.get(reverse("offering:index"))
    for number in range(2):
        OfferingFactory(course=make_course(f"研修{number}", f"more-{number}"))
    with django_assert_num_queries(12):
        client.get(reverse("offering:index"))
    found = client.get(reverse("offering:index"), {"fiscal_year": 2025})
    assert not found.context["object_list"]


# Enrolments


def test_the_list_of_enrolments_filters_and_reconciles(
    client: Client, hr: Person, now: dt.datetime
) -> None:
    offering = OfferingFactory()
    section = make_unit("職員課", make_unit("総務部"))
    here = EnrolmentFactory(offering=offering)
    PostingFactory(person=here.person, unit=section)
    EnrolmentFactory(offering=offering, started_at=now, completed_at=now)
    address = reverse("offering_enrolments", args=[offering.pk])

    def shown(**query: Any) -> list[Enrolment]:
        return [enrolment for enrolment, _ in client.get(address, query).context["rows"]]

    assert len(shown()) == 2
    assert shown(status="not_started") == [here]
    assert shown(unit=section.get_parent().pk) == [here]
    assert shown(q=here.person.employee_number) == [here]
    assert shown(q="だれもいない") == []
    context = client.get(address).context
    assert sum(count for _, count in context["counts"]) == context["total"] == 2


def test_the_list_of_enrolments_costs_the_same_for_one_and_three(
    client: Client, hr: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    offering = OfferingFactory()
    EnrolmentFactory(offering=offering)
    address = reverse("offering_enrolments", args=[offering.pk])
    client.get(address)
    with django_assert_num_queries(19):
        client.get(address)
    EnrolmentFactory.create_batch(2, offering=offering)
    with django_assert_num_queries(19):
        client.get(address)


def test_hr_waives_whom_it_ticks_and_hears_who_could_not_be(
    client: Client, hr: Person, now: dt.datetime
) -> None:
    offering = OfferingFactory()
    ticked, _other = EnrolmentFactory.create_batch(2, offering=offering)
    done = EnrolmentFactory(offering=offering, started_at=now, completed_at=now)
    page = client.post(
        reverse("offering_release", args=[offering.pk]),
        {
            "enrolment": [ticked.pk, done.pk],
            "kind": "waiver",
            "starts_on": "2026-11-23",
            "ends_on": "2027-03-31",
            "reason": "育児休業のため",
        },
        follow=True,
    ).content.decode()
    assert "1人について記録しました" in page
    assert "修了しています" in page
    release = Release.objects.get()
    assert (release.enrolment, release.decided_by, release.ends_on) == (
        ticked,
        hr,
        dt.date(2027, 3, 31),
    )


def test_hr_withdraws_everybody_whom_the_filter_shows(client: Client, hr: Person) -> None:
    offering = OfferingFactory()
    one, _other = EnrolmentFactory.create_batch(2, offering=offering)
    address = reverse("offering_release", args=[offering.pk])
    client.post(
        f"{address}?q={one.person.employee_number}",
        {"everybody": "1", "kind": "withdrawal", "starts_on": "2026-11-23", "reason": "対象外"},
    )
    assert Release.objects.get().enrolment == one


def test_a_waiver_without_reason_is_refused_on_the_page(client: Client, hr: Person) -> None:
    enrolment = EnrolmentFactory()
    response = client.post(
        reverse("offering_release", args=[enrolment.offering_id]),
        {"enrolment": [enrolment.pk], "kind": "waiver", "starts_on": "2026-11-23", "reason": " "},
    )
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Release.objects.exists()


def test_hr_takes_a_withdrawal_back_and_sees_the_history(client: Client, hr: Person) -> None:
    enrolment = EnrolmentFactory()
    release = enrolments.withdraw(
        enrolment, starts_on=dt.date(2026, 11, 1), reason="誤り", by=hr, at=timezone.now()
    )
    page = client.post(
        reverse("release_end", args=[release.pk]), {"ends_on": "2026-11-22"}, follow=True
    ).content.decode()
    release.refresh_from_db()
    assert release.ends_on == dt.date(2026, 11, 22)
    assert "免除・取下の終了" in page
    assert "誤り" in page


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.DX_OFFICE, Role.AUDITOR])
def test_only_hr_touches_audiences_offerings_and_enrolments(client: Client, role: Role) -> None:
    enrolment = EnrolmentFactory()
    sign_in(client, role)
    for address in (
        reverse("offering:index"),
        reverse("offering:add"),
        reverse("audience:add"),
        reverse("offering_enrolments", args=[enrolment.offering_id]),
        reverse("offering_enrolment", args=[enrolment.pk]),
    ):
        # The admin answers a refusal by leading back to its home.
        assert client.get(address)["Location"] == reverse("wagtailadmin_home")
    client.post(
        reverse("offering_release", args=[enrolment.offering_id]),
        {"everybody": "1", "kind": "withdrawal", "starts_on": "2026-11-23", "reason": "x"},
    )
    assert not Release.objects.exists()


def test_learners_do_not_enter_the_admin(client: Client) -> None:
    enrolment = EnrolmentFactory()
    client.force_login(enrolment.person)
    for address in (
        reverse("offering:index"),
        reverse("offering_enrolment", args=[enrolment.pk]),
    ):
        assert client.get(address).status_code in {HTTPStatus.FOUND, HTTPStatus.FORBIDDEN}


# Pages


def lesson_data(**more: Any) -> dict[str, Any]:
    return nested_form_data(
        {
            "title": "パスワード",
            "slug": "password",
            "minutes": 5,
            "body": streamfield(
                [("heading", "はじめに"), ("text", rich_text("<p>長くする。</p>"))]
            ),
            "seo_title": "",
            "search_description": "",
            "go_live_at": "",
            "expire_at": "",
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            **more,
        }
    )


def test_only_the_right_pages_are_offered_below_each_other(client: Client, author: Person) -> None:
    index, course = CourseIndexPage.objects.get(), make_course()
    assert CourseIndexPage.allowed_subpage_models() == [CoursePage]
    assert {model.__name__ for model in CoursePage.allowed_subpage_models()} >= {
        "LessonPage",
        "QuizPage",
    }
    assert "StepPage" not in {model.__name__ for model in CoursePage.creatable_subpage_models()}
    assert client.get(reverse("wagtailadmin_explore", args=[index.pk])).status_code == HTTPStatus.OK
    page = client.get(reverse("wagtailadmin_pages:add_subpage", args=[course.pk])).content.decode()
    assert "レッスン" in page


def test_a_lesson_is_drafted_published_and_scheduled(client: Client, publisher: Person) -> None:
    course = make_course()
    add = reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", course.pk])
    assert client.get(add).status_code == HTTPStatus.OK
    client.post(add, lesson_data())
    lesson = LessonPage.objects.get()
    assert not lesson.live
    edit = reverse("wagtailadmin_pages:edit", args=[lesson.pk])
    client.post(edit, lesson_data(**{"action-publish": "1"}))
    lesson.refresh_from_db()
    assert lesson.live
    assert lesson.live_revision_id
    client.post(
        edit,
        lesson_data(title="来年度版", go_live_at="2030-04-01 08:30", **{"action-publish": "1"}),
    )
    lesson.refresh_from_db()
    assert lesson.title == "パスワード"
    assert lesson.scheduled_revision is not None
    history = client.get(reverse("wagtailadmin_pages:history", args=[lesson.pk]))
    assert history.status_code == HTTPStatus.OK


def test_a_picture_needs_a_description(client: Client, publisher: Person) -> None:
    course = make_course()
    add = reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", course.pk])
    body = streamfield([("picture", {"image": "", "alt_text": "", "caption": ""})])
    response = client.post(add, lesson_data(body=body, **{"action-publish": "1"}))
    assert response.status_code == HTTPStatus.OK
    assert not LessonPage.objects.filter(live=True).exists()


@pytest.mark.parametrize("model", ["coursepage", "lessonpage"])
def test_a_draft_is_previewed_without_any_enrolment(
    client: Client, author: Person, model: str
) -> None:
    course = make_course()
    lesson = make_lesson(course, "見本", body=[("heading", "あ"), ("heading", "い")])
    page = course if model == "coursepage" else lesson
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    data = (
        lesson_data(title="下書きの題")
        if model == "lessonpage"
        else nested_form_data(
            {
                "title": "下書きの題",
                "slug": "security",
                "summary": "概要",
                "intro": rich_text("<p>紹介</p>"),
                "minutes": 30,
                "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
            }
        )
    )
    assert client.post(preview, data).json() == {"is_valid": True, "is_available": True}
    shown = client.get(preview, {"mode": ""})
    assert shown.status_code == HTTPStatus.OK
    assert "下書きの題" in shown.content.decode()
    if model == "coursepage":
        assert lesson.title in shown.content.decode()


def test_a_page_with_records_is_not_deleted_and_says_why(
    client: Client, author: Person, now: dt.datetime
) -> None:
    course = make_course()
    lesson = make_lesson(course)
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=course))
    completion.complete_step(enrolment, lesson, revision=None, at=now)
    admin = PersonFactory(is_superuser=True)
    client.force_login(admin)
    for page in (lesson, course):
        response = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)
        assert "1人分の受講の記録があるため、削除できません" in response.content.decode()
    assert Page.objects.filter(pk__in=[lesson.pk, course.pk]).count() == 2
    warned = client.get(reverse("wagtailadmin_pages:unpublish", args=[lesson.pk]))
    assert "受講の記録は残ります" in warned.content.decode()


def test_a_page_without_records_can_be_deleted(client: Client) -> None:
    lesson = make_lesson(make_course())
    client.force_login(PersonFactory(is_superuser=True))
    client.post(reverse("wagtailadmin_pages:delete", args=[lesson.pk]))
    assert not LessonPage.objects.exists()


def test_publishing_a_course_orders_a_sync(client: Client, publisher: Person) -> None:
    course = make_course()
    data = nested_form_data(
        {
            "title": "新しい題",
            "slug": "security",
            "summary": "概要",
            "intro": rich_text(""),
            "minutes": 30,
            "go_live_at": "",
            "expire_at": "",
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            "action-publish": "1",
        }
    )
    client.post(reverse("wagtailadmin_pages:edit", args=[course.pk]), data)
    course.refresh_from_db()
    assert course.title == "新しい題"
    assert Job.objects.get().function == SYNC_JOB
