"""The admin as a part of this product: its look, its help, and its first page for each role."""

import datetime as dt
import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from courses.enums import ReleaseKind
from courses.models import CoursePage, Release
from lms.people.enums import Role
from lms.people.models import Person, RosterImport
from quizzes.models import Question
from tests.conftest import TODAY
from tests.factories.courses import (
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import PersonFactory
from tests.factories.quizzes import make_question, make_quiz

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_today")]

DAY = dt.timedelta(days=1)
HOME = "/cms/"
# Names of namespaces, not addresses that anything opens.
NAMESPACES = ("http://www.w3.org/",)
OWN = ("http://testserver", "http://localhost", "http://127.0.0.1")


def sign_in(client: Client, *roles: Role) -> Person:
    person: Person = PersonFactory(roles=list(roles))
    client.force_login(person)
    return person


def foreign(html: str) -> list[str]:
    found = re.findall(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^"'\s<>]*""", html)
    return [address for address in found if not address.startswith(NAMESPACES + OWN)]


def text_of(client: Client, path: str = HOME) -> str:
    html = client.get(path).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


# No way out


def test_the_search_for_foreign_addresses_finds_them() -> None:
    assert foreign('<a href="https://guide.example.org/x">') == ["https://guide.example.org/x"]
    assert foreign('<img src="//cdn.example.com/x.png">') == ["//cdn.example.com/x.png"]
    assert foreign('<svg xmlns="http://www.w3.org/2000/svg">') == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_page_of_the_admin_names_another_host(client: Client, language: str) -> None:
    person = sign_in(client, Role.AUTHOR, Role.TRAINING_ADMIN)
    person.is_superuser = True
    person.save()
    client.cookies["django_language"] = language
    course = make_course()
    lesson = make_lesson(course)
    quiz = make_quiz(course, [make_question()])
    question = Question.objects.get()
    paths = [
        HOME,
        "/cms/help/",
        "/cms/account/",
        f"/cms/pages/{course.pk}/",
        reverse("wagtailadmin_pages:copy", args=[course.pk]),
        *(reverse("wagtailadmin_pages:edit", args=[page.pk]) for page in (course, lesson, quiz)),
        reverse(Question.snippet_viewset.get_url_name("edit"), args=[question.pk]),
        reverse("offering:index"),
        reverse("audience:add"),
        "/cms/people/rosters/",
        "/cms/images/",
        "/cms/documents/",
        "/cms/reports/",
        "/cms/no-such-page/",
    ]
    found = {path: foreign(client.get(path, follow=True).content.decode()) for path in paths}
    assert {path: addresses for path, addresses in found.items() if addresses} == {}


def test_the_admin_carries_our_mark_and_name(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    html = client.get(HOME).content.decode()
    assert 'class="product-mark"' in html
    assert "img/favicon" in html
    assert "wagtailadmin/images/favicon" not in html
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    assert title
    assert "Wagtail" not in title[1]


def test_there_is_one_page_to_sign_in(client: Client) -> None:
    response = client.get("/cms/login/", {"next": "/cms/pages/"})
    assert response.headers["Location"] == "/account/login/?next=%2Fcms%2Fpages%2F"
    assert client.get("/cms/login/").headers["Location"] == "/account/login/?next=%2Fcms%2F"


def test_no_picture_of_a_person_can_be_uploaded(client: Client) -> None:
    person = sign_in(client, Role.AUTHOR)
    html = client.get("/cms/account/").content.decode()
    assert "avatar" not in re.findall(r'name="([^"-]+)', html)
    assert not re.search(r'type="(file|password)"', html)
    client.post(
        "/cms/account/",
        {"theme-theme": "dark", "theme-contrast": "system", "theme-density": "default"},
    )
    person.refresh_from_db()
    assert person.wagtail_userprofile.theme == "dark"
    assert not person.wagtail_userprofile.avatar


def test_the_account_page_is_for_whoever_enters_the_admin(client: Client) -> None:
    sign_in(client)
    assert client.get("/cms/account/").status_code == HTTPStatus.FOUND


def test_help_tells_each_role_what_it_does(client: Client) -> None:
    sign_in(client, Role.TRAINING_ADMIN)
    assert "研修を実施する" in text_of(client, "/cms/help/")
    assert "研修を作る" not in text_of(client, "/cms/help/")
    sign_in(client, Role.AUTHOR)
    assert "研修を作る" in text_of(client, "/cms/help/")
    assert "研修を実施する" not in text_of(client, "/cms/help/")


# HR's desk


def test_hr_begins_with_words_where_nothing_is_there_yet(client: Client) -> None:
    sign_in(client, Role.TRAINING_ADMIN)
    page = text_of(client)
    assert "実施中の研修はありません" in page
    assert "名簿はまだ反映されていません" in page
    assert "サインインできる人は全員" in page
    assert "自分の下書き" not in page


def test_hr_sees_who_is_done_and_late_without_whom_it_does_not_oblige(
    client: Client, now: dt.datetime
) -> None:
    sign_in(client, Role.TRAINING_ADMIN)
    offering = OfferingFactory(slug="now", due_on=TODAY - DAY)
    start = {"offering": offering, "started_at": now - 9 * DAY}
    EnrolmentFactory(**start, completed_at=now - 8 * DAY)
    EnrolmentFactory.create_batch(2, **start)
    EnrolmentFactory(**start, due_on=TODAY)
    waived = EnrolmentFactory(**start)
    Release.objects.create(
        enrolment=waived, kind=ReleaseKind.WAIVER, starts_on=TODAY, reason="休職", decided_at=now
    )
    OfferingFactory(course=offering.course, slug="over", closes_on=TODAY - DAY)
    OfferingFactory(course=offering.course, slug="later", opens_on=TODAY + DAY, due_on=None)
    page = text_of(client)
    assert "25.0％（1／4人）" in page
    assert "2人" in page
    assert "over" not in page
    assert "later" not in page
    html = client.get(HOME).content.decode()
    link = re.search(r'href="(/reports/completion/[^"]+)"', html)
    assert link
    late = client.get(link[1].replace("&amp;", "&"))
    assert late.status_code == HTTPStatus.OK
    assert len(re.findall("遅れ|期限を過ぎ", late.content.decode())) > 0


def test_hr_sees_the_last_import_and_who_has_no_password(client: Client, now: dt.datetime) -> None:
    hr = sign_in(client, Role.TRAINING_ADMIN)
    for name, at in (("四月.csv", now - 200 * DAY), ("十一月.csv", now - DAY), ("未.csv", None)):
        RosterImport.objects.create(
            file_name=name, as_of=TODAY, uploaded_by=hr, uploaded_at=now, applied_at=at
        )
    fresh = PersonFactory()
    fresh.set_unusable_password()
    fresh.save()
    page = text_of(client)
    assert "十一月.csv" in page
    assert "四月.csv" not in page
    assert "未.csv" not in page
    assert "1人" in page


def test_hrs_desk_costs_the_same_for_one_and_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, Role.TRAINING_ADMIN)
    course = make_course()
    EnrolmentFactory(offering=OfferingFactory(course=course))
    client.get(HOME)
    with django_assert_num_queries(14):
        client.get(HOME)
    for _ in range(2):
        EnrolmentFactory(offering=OfferingFactory(course=course))
    with django_assert_num_queries(14):
        client.get(HOME)


# Authors' desk


def draft(course: CoursePage, title: str, by: Person) -> None:
    lesson = make_lesson(course, title)
    lesson.title = f"{title}改"
    lesson.save_revision(user=by, log_action=True)


def test_an_author_begins_with_words_where_nothing_is_there_yet(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    page = text_of(client)
    for words in ("公開を待つ下書きはありません", "すべての問題が公開されています"):
        assert words in page
    assert "実施中の研修" not in page


def test_own_drafts_stand_apart_from_those_of_others(client: Client) -> None:
    author = sign_in(client, Role.AUTHOR)
    course = make_course()
    draft(course, "私の", author)
    draft(course, "他の人の", PersonFactory(name="髙﨑　𠮷乃"))
    page = client.get(HOME).content.decode()
    mine, others = page.index("私の改"), page.index("他の人の改")
    assert page.index('id="desk-mine"') < mine < page.index('id="desk-others"') < others
    assert "髙﨑　𠮷乃" in page
    assert page.index('id="desk-recent"') < page.rindex("私の改") < page.index("desk-questions")


def test_a_published_page_waits_for_nobody(client: Client) -> None:
    sign_in(client, Role.DX_OFFICE)
    make_lesson(make_course())
    assert "パスワード" not in text_of(client)


def test_questions_in_draft_and_courses_without_a_quiz_are_named(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    question = make_question("書きかけの問題", publish=False)
    make_question("公開した問題")
    make_quiz(make_course("テストのある研修", "with"), [Question.objects.get(live=True)])
    make_course("テストのない研修", "without")
    page = text_of(client)
    assert "書きかけの問題" in page
    assert "公開した問題" not in page
    assert "テストのない研修" in page
    assert "テストのある研修" not in page
    edit = reverse(Question.snippet_viewset.get_url_name("edit"), args=[question.pk])
    assert edit in client.get(HOME).content.decode()


def test_long_lists_say_how_many_more_there_are(client: Client) -> None:
    author = sign_in(client, Role.AUTHOR)
    course = make_course()
    for number in range(10):
        draft(course, f"下書き{number}", author)
    page = client.get(HOME).content.decode()
    mine = page[page.index('id="desk-mine"') : page.index('id="desk-others"')]
    assert mine.count("<li>") == 8
    assert "ほか2件" in mine


def test_an_authors_desk_costs_the_same_for_one_and_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    author = sign_in(client, Role.AUTHOR)
    other = PersonFactory()

    def more(number: int) -> None:
        course = make_course(f"研修{number}", f"course-{number}")
        draft(course, "私の", author)
        draft(course, "他の人の", other)
        make_question(f"問題{number}", publish=False)

    more(1)
    client.get(HOME)
    with django_assert_num_queries(31):
        client.get(HOME)
    more(2)
    more(3)
    with django_assert_num_queries(31):
        client.get(HOME)


def test_who_is_both_has_both_desks_and_an_auditor_none(client: Client) -> None:
    sign_in(client, Role.AUTHOR, Role.TRAINING_ADMIN)
    assert "自分の下書き" in text_of(client)
    assert "実施中の研修" in text_of(client)
    sign_in(client, Role.AUDITOR)
    assert "自分の下書き" not in text_of(client)
    assert "実施中の研修" not in text_of(client)


# Advice before publishing


def test_the_editor_shows_advice_and_publishes_all_the_same(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    course = make_course()
    lesson = make_lesson(course, body=[("heading", "空の見出し")])
    page = text_of(client, reverse("wagtailadmin_pages:edit", args=[lesson.pk]))
    assert "公開前に直したほうがよい点" in page
    assert "見出し「空の見出し」の下に内容がありません" in page
    assert lesson.live
    good = make_lesson(course, body=[("text", f"<p>{'字' * 2000}</p>")])
    page = text_of(client, reverse("wagtailadmin_pages:edit", args=[good.pk]))
    assert "公開前に直したほうがよい点" not in page


def test_the_editor_of_a_question_shows_advice(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    edit = Question.snippet_viewset.get_url_name("edit")
    silent, told = make_question("黙", explanation="<p></p>"), make_question("説")
    assert "問題に解説がありません" in text_of(client, reverse(edit, args=[silent.pk]))
    assert "問題に解説がありません" not in text_of(client, reverse(edit, args=[told.pk]))


def test_the_check_lists_the_course_page_by_page(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    course = make_course()
    lesson = make_lesson(course, "空の章", body=[])
    address = reverse("course_check", args=[course.pk])
    page = text_of(client, address)
    assert "研修に確認テストがありません" in page
    assert page.index("空の章") < page.index("レッスンに内容がありません")
    assert "2件" in page
    html = client.get(address).content.decode()
    assert reverse("wagtailadmin_pages:edit", args=[lesson.pk]) in html
    assert address in client.get(f"/cms/pages/{course.pk}/").content.decode()
    edit = reverse("wagtailadmin_pages:edit", args=[course.pk])
    assert address in client.get(edit).content.decode()


def test_a_course_in_order_says_so(client: Client) -> None:
    sign_in(client, Role.AUTHOR)
    course = make_course()
    make_lesson(course)
    make_quiz(course, [make_question()])
    assert "直すところはありません" in text_of(client, reverse("course_check", args=[course.pk]))


def test_the_check_is_for_authors(client: Client) -> None:
    course = make_course()
    sign_in(client, Role.TRAINING_ADMIN)
    refused = client.get(reverse("course_check", args=[course.pk]))
    assert refused.status_code in (HTTPStatus.FOUND, HTTPStatus.FORBIDDEN)
    sign_in(client, Role.AUTHOR)
    lesson = make_lesson(course)
    missing = client.get(reverse("course_check", args=[lesson.pk]))
    assert missing.status_code == HTTPStatus.NOT_FOUND
