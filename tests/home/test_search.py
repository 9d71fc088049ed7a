import datetime as dt
import re
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from courses.enums import ReleaseKind
from courses.models import CoursePage, Enrolment, LessonPage, Release, StepProgress
from courses.permissions import can_see_course, visible_courses
from lms.core.models import AuditEntry
from lms.home.views.search import HITS_A_PAGE
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import (
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)
from tests.factories.quizzes import make_questions, make_quiz

pytestmark = pytest.mark.django_db

ON_SQLITE = connection.vendor == "sqlite"
PASSAGE = "<p>市の情報セキュリティポリシーを守ります。</p>"


def get(client, query: str, **more: str):
    return client.get("/search/", {"q": query, **more})


def titles(response) -> list[str]:
    """The titles of what was found, in their order."""
    found = re.findall(r'results__title">\s*<a[^>]*>(.*?)</a>', response.text, re.DOTALL)
    return [re.sub(r"</?mark>", "", title).strip() for title in found]


def enrol(person: Person, course: CoursePage, **facts) -> Enrolment:
    offering = course.offerings.first() or OfferingFactory(course=course)
    return EnrolmentFactory(person=person, offering=offering, **facts)


@pytest.fixture
def course() -> CoursePage:
    return make_course(title="仕事の基本", slug="work")


@pytest.fixture
def lesson(course: CoursePage) -> LessonPage:
    return make_lesson(course, title="持ち出し", slug="taking-out", body=[("text", PASSAGE)])


@pytest.fixture
def learner(client, course: CoursePage, on_today) -> Person:
    person: Person = PersonFactory()
    enrol(person, course)
    client.force_login(person)
    return person


class TestPage:
    def test_whoever_is_not_signed_in_signs_in_first(self, client) -> None:
        address = f"/search/?q={quote('情報')}"
        assert client.get(address).url == f"/account/login/?next={quote(address)}"

    def test_every_page_has_the_field_in_its_header(self, client, learner: Person) -> None:
        page = client.get("/account/").text
        assert re.search(r'<form class="site-search[^>]*role="search"\s+action="/search/"', page)
        client.logout()
        assert 'role="search"' not in client.get("/account/login/").text

    @pytest.mark.parametrize("query", ["", " ", "\u3000", "\x00"])
    def test_without_a_word_says_what_will_appear(
        self, client, learner: Person, query: str
    ) -> None:
        page = get(client, query).text
        assert "検索結果はここに表示されます" in page
        assert "見つかりませんでした" not in page

    def test_when_nothing_is_found_says_what_to_try(self, client, learner: Person) -> None:
        page = get(client, "存在しない言葉").text
        assert "見つかりませんでした" in page
        assert "言葉を減らすか、短くしてください。" in page

    @pytest.mark.parametrize(
        "query", ["<script>alert(1)</script>", '"', "情報*", "(情報 OR", "'; --", "!", "a" * 5_000]
    )
    def test_shows_what_was_typed_and_runs_none_of_it(
        self, client, learner: Person, lesson: LessonPage, query: str
    ) -> None:
        response = get(client, query)
        assert response.status_code == 200
        assert "<script>alert" not in response.text

    def test_nothing_of_it_is_kept_by_the_browser_or_changed_by_a_post(
        self, client, learner: Person
    ) -> None:
        assert "no-store" in get(client, "情報").headers["Cache-Control"]
        assert client.post("/search/", {"q": "情報"}).status_code == 405


class TestPages:
    @pytest.mark.parametrize(
        "query", ["情報セキュリティ", "情報ｾｷｭﾘﾃｨ", "ポリシー 情報", "ティポ", "守"]
    )
    def test_finds_the_middle_of_a_sentence_and_shows_it_marked(
        self, client, learner: Person, lesson: LessonPage, query: str
    ) -> None:
        response = get(client, query)
        assert titles(response) == ["持ち出し"]
        assert "<mark>" in response.text
        assert "1件" in response.text
        assert "/courses/work/taking-out/" in response.text
        assert ">仕事の基本</a>" in response.text

    def test_marks_the_text_as_it_was_written_and_escapes_it(
        self, client, learner: Person, course: CoursePage
    ) -> None:
        body = [("text", "<p>ＰＣ&amp;ｾｷｭﾘﾃｨの &lt;b&gt;設定&lt;/b&gt;</p>")]
        make_lesson(course, title="A<i>", body=body)
        page = get(client, "pc セキュリティ").text
        assert "<mark>ＰＣ</mark>&amp;<mark>ｾｷｭﾘﾃｨ</mark>の &lt;b&gt;設定&lt;/b&gt;" in page
        assert "A&lt;i&gt;" in page

    def test_finds_every_part_of_a_lesson_and_quotes_it(
        self, client, learner: Person, course: CoursePage
    ) -> None:
        make_lesson(
            course,
            body=[
                ("heading", "見出しの言葉"),
                ("callout", {"kind": "point", "title": "注意書き", "text": "<p>囲みの文</p>"}),
                ("steps_list", {"title": "手順名", "steps": [{"title": "一番目", "text": ""}]}),
                ("accordion", {"items": [{"title": "質問文", "text": "<p>回答文</p>"}]}),
                ("table", {"data": [["項目欄", "内容欄"], ["保存期間", "五年間"]]}),
            ],
        )
        for word in ("見出し", "注意書", "囲み", "手順名", "一番目", "質問文", "回答文", "五年間"):
            assert f"<mark>{word}</mark>" in get(client, word).text

    def test_finds_what_a_picture_shows(self, client, learner: Person, course: CoursePage) -> None:
        image = get_image_model().objects.create(title="図", file=get_test_image_file())
        picture = {"image": image, "alt_text": "三層の対策を示す図", "caption": "図の説明"}
        make_lesson(course, body=[("picture", picture)])
        assert "<mark>三層の対策</mark>" in get(client, "三層の対策").text
        assert "<mark>図の説明</mark>" in get(client, "図の説明").text

    def test_never_finds_the_questions_of_a_quiz(
        self, client, learner: Person, course: CoursePage
    ) -> None:
        make_quiz(course, make_questions(2), title="理解度", intro="<p>落ち着いて答えます</p>")
        assert titles(get(client, "落ち着いて")) == ["理解度"]
        assert titles(get(client, "問題文")) == []
        assert titles(get(client, "添付ファイル")) == []

    def test_puts_titles_first_then_courses_then_what_says_more(
        self, client, learner: Person
    ) -> None:
        course = make_course(title="個人情報の研修", slug="privacy")
        enrol(learner, course)
        body = [("text", "<p>個人情報、個人情報、個人情報。</p>")]
        make_lesson(course, title="本文だけ", body=body)
        make_lesson(course, title="個人情報とは", body=[("text", "<p>ほかの話</p>")])
        other = make_course(title="ほかの研修", slug="other", intro="<p>個人情報にも触れます</p>")
        enrol(learner, other)
        assert titles(get(client, "個人情報")) == [
            "個人情報の研修",
            "個人情報とは",
            "ほかの研修",
            "本文だけ",
        ]

    def test_shows_twenty_at_a_time(self, client, learner: Person, course: CoursePage) -> None:
        for number in range(HITS_A_PAGE + 1):
            make_lesson(course, title=f"数え方{number}")
        first, second = get(client, "数え方"), get(client, "数え方", page="2")
        assert len(titles(first)) == HITS_A_PAGE
        assert len(titles(second)) == 1
        assert not {*titles(first)} & {*titles(second)}
        assert f"{HITS_A_PAGE + 1}件" in first.text
        assert "page=2" in first.text
        assert titles(get(client, "数え方", page="99")) == titles(second)
        assert titles(get(client, "数え方", page="x")) == titles(first)


class TestStateOfMine:
    def test_a_course_says_how_far_i_am(self, client, learner: Person, course: CoursePage) -> None:
        assert "未着手" in get(client, "仕事の基本").text
        learner.enrolments.update(started_at=timezone.now())
        assert "受講中" in get(client, "仕事の基本").text
        learner.enrolments.update(completed_at=timezone.now())
        assert "修了" in get(client, "仕事の基本").text

    def test_a_step_that_is_locked_is_named_but_not_quoted(
        self, client, learner: Person, course: CoursePage, lesson: LessonPage
    ) -> None:
        make_lesson(course, title="次の話", body=[("text", "<p>合言葉は山と川です。</p>")])
        page = get(client, "合言葉").text
        assert "次の話" in page
        assert "前のステップを終えると読めます。" in page
        assert "山と川" not in page
        StepProgress.objects.create(
            enrolment=learner.enrolments.get(), page=lesson, completed_at=timezone.now()
        )
        page = get(client, "合言葉").text
        assert "<mark>合言葉</mark>は山と川です。" in page
        assert "前のステップを終えると読めます。" not in page
        assert "tag--done" in get(client, "持ち出し").text

    def test_nothing_is_locked_in_a_course_that_is_completed(
        self, client, learner: Person, course: CoursePage, lesson: LessonPage
    ) -> None:
        make_lesson(course, title="次の話", body=[("text", "<p>合言葉は山と川です。</p>")])
        learner.enrolments.update(started_at=timezone.now(), completed_at=timezone.now())
        assert "山と川" in get(client, "合言葉").text


class TestReach:
    def test_a_stranger_finds_nothing(self, client, lesson: LessonPage, on_today) -> None:
        OfferingFactory(course=lesson.get_parent().specific, is_mandatory=True)
        client.force_login(PersonFactory())
        for query in ("情報セキュリティ", "持ち出し", "仕事の基本"):
            page = get(client, query).text
            assert titles(get(client, query)) == []
            assert "ポリシー" not in page

    def test_whoever_may_enrol_finds_the_lesson_without_its_text(
        self, client, lesson: LessonPage, on_today
    ) -> None:
        person = PersonFactory()
        audience = AudienceFactory(everybody=False)
        audience.included.add(person)
        course = lesson.get_parent().specific
        OfferingFactory(course=course, audience=audience, is_mandatory=False)
        client.force_login(person)
        page = get(client, "情報セキュリティ").text
        assert "持ち出し" in page
        assert "ポリシー" not in page
        assert "この研修は、希望すれば受講できます。" in page

    @pytest.mark.parametrize(
        "role", [Role.AUTHOR, Role.DX_OFFICE, Role.TRAINING_ADMIN, Role.AUDITOR]
    )
    def test_whoever_reads_every_course_finds_the_text(
        self, client, lesson: LessonPage, on_today, role: Role
    ) -> None:
        client.force_login(PersonFactory(roles=[role]))
        assert "<mark>情報セキュリティ</mark>ポリシー" in get(client, "情報セキュリティ").text

    @pytest.mark.parametrize("role", [Role.ADVISOR, Role.COMMITTEE])
    def test_other_roles_do_not(self, client, lesson: LessonPage, on_today, role: Role) -> None:
        client.force_login(PersonFactory(roles=[role]))
        assert titles(get(client, "情報セキュリティ")) == []

    def test_whose_enrolment_was_withdrawn_finds_nothing(
        self, client, learner: Person, lesson: LessonPage, on_today
    ) -> None:
        Release.objects.create(
            enrolment=learner.enrolments.get(),
            kind=ReleaseKind.WITHDRAWAL,
            starts_on=on_today,
            reason="異動",
            decided_at=timezone.now(),
        )
        assert titles(get(client, "情報セキュリティ")) == []

    def test_a_draft_is_never_found(self, client, course: CoursePage, lesson: LessonPage) -> None:
        client.force_login(PersonFactory(is_superuser=True))
        lesson.refresh_from_db()
        lesson.body = [("text", "<p>まだ秘密の下書き</p>")]
        lesson.save_revision()
        assert titles(get(client, "まだ秘密")) == []
        course.refresh_from_db()
        course.add_child(instance=LessonPage(title="下書きだけ", slug="draft", live=False, body=[]))
        assert titles(get(client, "下書きだけ")) == []

    def test_what_is_unpublished_or_deleted_is_found_no_more(
        self, client, course: CoursePage, lesson: LessonPage
    ) -> None:
        client.force_login(PersonFactory(is_superuser=True))
        lesson.unpublish()
        assert titles(get(client, "情報セキュリティ")) == []
        lesson.save_revision().publish()
        assert titles(get(client, "情報セキュリティ")) == ["持ち出し"]
        course.refresh_from_db()
        course.unpublish()
        assert titles(get(client, "情報セキュリティ")) == []
        course.save_revision().publish()
        LessonPage.objects.get().delete()
        assert titles(get(client, "情報セキュリティ")) == []

    def test_the_courses_that_are_searched_are_those_that_may_be_seen(self, on_today) -> None:
        person, other = PersonFactory(), PersonFactory()
        audience = AudienceFactory(everybody=False)
        audience.included.add(person)
        courses = [make_course(title=f"研修{n}", slug=f"c{n}") for n in range(5)]
        enrol(person, courses[0])
        enrol(other, courses[1])
        OfferingFactory(course=courses[2], audience=audience, is_mandatory=False)
        OfferingFactory(
            course=courses[3],
            audience=audience,
            is_mandatory=False,
            closes_on=on_today - dt.timedelta(days=1),
        )
        for viewer in (person, other, PersonFactory(roles=[Role.AUTHOR])):
            assert set(visible_courses(viewer, on=on_today)) == {
                course for course in courses if can_see_course(viewer, course, on=on_today)
            }
        assert set(visible_courses(person, on=on_today)) == {courses[0], courses[2]}


@pytest.fixture
def section(on_today):
    unit = make_unit("市民税課", make_unit("総務部"))
    people = {
        "taka": PersonFactory(
            employee_number="0700123", name="髙橋　美咲", name_kana="タカハシ　ミサキ"
        ),
        "yoshi": PersonFactory(
            employee_number="0700124", name="𠮷田　大輔", name_kana="ヨシダ　ダイスケ"
        ),
    }
    for person in people.values():
        PostingFactory(person=person, unit=unit, position=PositionFactory(name="主事"))
    return unit


@pytest.fixture
def hr(client, section) -> Person:
    person: Person = PersonFactory(
        employee_number="900001",
        name="人財　花子",
        name_kana="ジンザイ",
        roles=[Role.TRAINING_ADMIN],
    )
    client.force_login(person)
    return person


class TestPeople:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("髙橋", ["髙橋　美咲"]),
            ("髙橋美咲", ["髙橋　美咲"]),
            ("髙橋 美咲", ["髙橋　美咲"]),
            ("髙橋　美咲", ["髙橋　美咲"]),
            ("タカハシ", ["髙橋　美咲"]),
            ("ﾀｶﾊｼ", ["髙橋　美咲"]),
            ("たかはし", ["髙橋　美咲"]),
            ("たかはしみさき", ["髙橋　美咲"]),
            ("𠮷田", ["𠮷田　大輔"]),
            ("0700123", ["髙橋　美咲"]),
            ("０７００１２３", ["髙橋　美咲"]),
            ("07001", ["髙橋　美咲", "𠮷田　大輔"]),
            ("髙橋 0700123", ["髙橋　美咲"]),
            ("髙橋 0700124", []),
            ("%", []),
            ("_", []),
        ],
    )
    def test_are_found_by_name_kana_or_number(
        self, client, hr: Person, query: str, found: list[str]
    ) -> None:
        assert titles(get(client, query, kind="people")) == found

    def test_are_shown_with_number_and_post(self, client, hr: Person) -> None:
        page = get(client, "髙橋").text
        assert "職員番号 0700123" in page
        assert "総務部/市民税課" in page
        assert "主事" in page
        person = Person.objects.get(employee_number="0700123")
        assert f"/people/person/inspect/{person.pk}/" in page

    def test_come_first_when_no_lesson_holds_the_name(self, client, hr: Person) -> None:
        assert titles(get(client, "髙橋")) == ["髙橋　美咲"]
        assert titles(get(client, "髙橋", kind="pages")) == []

    def test_without_a_post_are_shown_as_such(self, client, hr: Person) -> None:
        assert "現在の発令はありません" in get(client, "人財", kind="people").text

    def test_each_reading_by_hr_is_in_the_audit_log(self, client, hr: Person) -> None:
        get(client, "髙橋")
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor_id) == ("people.listed", hr.pk)
        assert entry.detail == {"people": 1, "query": "髙橋", "listed": "search"}
        assert [person.name for person in entry.people_shown.all()] == ["髙橋　美咲"]
        get(client, "いない人", kind="people")
        get(client, "髙橋", kind="pages")
        assert AuditEntry.objects.count() == 1

    def test_of_other_units_are_not_found_by_a_head(self, client, section) -> None:
        head = PersonFactory(name="渡邉　健一")
        elsewhere = PersonFactory(name="髙橋　太郎")
        PostingFactory(person=elsewhere, unit=make_unit("福祉部"))
        chief = PositionFactory(name="課長", heads_unit=True)
        PostingFactory(person=head, unit=section, position=chief)
        offering = OfferingFactory()
        client.force_login(head)
        response = get(client, "髙橋")
        assert titles(response) == ["髙橋　美咲"]
        assert (
            f"/reports/completion/?offering={offering.slug}&amp;unit={section.pk}" in response.text
        )
        assert "person/inspect" not in response.text
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        "role", [None, Role.AUTHOR, Role.DX_OFFICE, Role.ADVISOR, Role.COMMITTEE]
    )
    def test_are_not_searched_for_anybody_else(self, client, section, role: Role | None) -> None:
        person = PersonFactory(name="髙橋　一郎", roles=[role] if role else [])
        client.force_login(person)
        response = get(client, "髙橋", kind="people")
        assert titles(response) == []
        assert 'aria-label="検索の対象"' not in response.text
        assert "美咲" not in response.text

    def test_a_transfer_that_is_not_public_is_seen_by_hr_alone(
        self, client, section, on_today
    ) -> None:
        person = PersonFactory(name="内示　太郎")
        PostingFactory(person=person, unit=section, public_on=on_today + dt.timedelta(days=1))
        client.force_login(PersonFactory(roles=[Role.TRAINING_ADMIN]))
        assert "市民税課" in get(client, "内示").text
        client.force_login(PersonFactory(roles=[Role.AUDITOR]))
        page = get(client, "内示").text
        assert "内示　太郎" in page
        assert "市民税課" not in page


class TestQueries:
    """So many for one page of results, however many there are on it."""

    @pytest.mark.parametrize("count", [1, 3])
    def test_of_pages(self, client, learner: Person, django_assert_num_queries, count: int) -> None:
        for number in range(count):
            course = make_course(title=f"数え方{number}", slug=f"c{number}")
            enrol(learner, course)
            make_lesson(course, title="数え方の本文", body=[("text", PASSAGE)])
        get(client, "数え方")
        with django_assert_num_queries(17 if ON_SQLITE else 15):
            assert len(titles(get(client, "数え方"))) == 2 * count

    @pytest.mark.parametrize("count", [1, 3])
    def test_of_people(self, client, hr: Person, django_assert_num_queries, count: int) -> None:
        for number in range(count):
            PostingFactory(person=PersonFactory(name=f"数方　{number}"))
        get(client, "数方")
        with django_assert_num_queries(16):
            assert len(titles(get(client, "数方"))) == count


class TestAdmin:
    """Wagtail's own searches, which use the same index."""

    @pytest.fixture(autouse=True)
    def _administrator(self, client, lesson: LessonPage) -> None:
        client.force_login(PersonFactory(is_superuser=True))

    @pytest.mark.parametrize(
        ("address", "query"),
        [
            ("/cms/pages/search/?q={}", "ち出"),
            ("/cms/pages/search/results/?q={}", "持ち出"),
            ("/cms/pages/{parent}/?q={}", "持ち"),
            ("/cms/choose-page/search/?q={}", "ち出し"),
        ],
    )
    def test_find_pages_by_the_middle_of_a_title(
        self, client, course: CoursePage, address: str, query: str
    ) -> None:
        def found(typed: str) -> str:
            response = client.get(address.format(quote(typed), parent=course.pk))
            assert response.status_code == 200
            return response.text

        assert "持ち出し" in found(query)
        assert "持ち出し" not in found("ない言葉")
        assert "持ち出し" not in found("！")

    def test_find_pictures(self) -> None:
        images = get_image_model().objects
        images.create(title="三層の対策の図", file=get_test_image_file())
        for query in ("対策", "層の", "の"):
            assert [image.title for image in images.search(query)] == ["三層の対策の図"]
            assert [image.title for image in images.autocomplete(query)] == ["三層の対策の図"]
        assert list(images.autocomplete("ない言葉")) == []

    def test_find_documents(self, client) -> None:
        title = "連絡先カード.pdf"
        file = ContentFile(b"%PDF-", name="card.pdf")
        get_document_model().objects.create(title=title, file=file)
        for address, query in (
            ("/cms/documents/?q={}", "ｶｰﾄﾞ"),
            ("/cms/documents/chooser/results/?q={}", "絡先"),
        ):
            assert title in client.get(address.format(quote(query))).text, address
            assert title not in client.get(address.format(quote("ない言葉"))).text, address
