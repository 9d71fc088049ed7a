"""Self-checks, quotes and code in a lesson, and the place where its reader left it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from wagtail.blocks import ListBlock, StreamBlockValidationError

from courses.blocks import LessonBody
from courses.domain import places
from courses.models import Enrolment, LessonPage, ReadingPlace
from lms.people.models import Person
from tests.factories.courses import EnrolmentFactory, OfferingFactory, make_course, make_lesson
from tests.factories.people import PersonFactory, PostingFactory

pytestmark = pytest.mark.django_db

SELF_CHECK = {
    "question": "電話でパスワードを聞かれたら？",
    "choices": [
        {"text": "教える", "is_right": False, "feedback": "だれにも教えません。"},
        {"text": "教えない", "is_right": True, "feedback": "そのとおりです。"},
    ],
}
BODY = [
    ("heading", "はじめに"),
    ("self_check", SELF_CHECK),
    ("heading", "使い回さない"),
    ("quote", {"text": "一つ。\n<b>二つ</b>。", "source": "第5条"}),
    ("heading", "まとめ"),
    ("code", {"title": "数式", "code": '=IF(A1<"x",1,2)'}),
]


@pytest.fixture
def lesson() -> LessonPage:
    lesson = make_lesson(make_course(), body=BODY)
    # The keys of the parts are given when they are stored.
    return LessonPage.objects.get(pk=lesson.pk)


@pytest.fixture
def enrolment(lesson: LessonPage) -> Enrolment:
    person = PostingFactory(person=PersonFactory()).person
    offering = OfferingFactory(course=lesson.get_parent().specific)
    return EnrolmentFactory(person=person, offering=offering)


@pytest.fixture
def reader(client: Client, enrolment: Enrolment) -> Client:
    client.force_login(enrolment.person)
    return client


def keep(client: Client, enrolment: Enrolment, lesson: LessonPage, section: str) -> int:
    address = reverse("lesson_place", args=[enrolment.pk, lesson.pk])
    return client.post(address, {"section": section}).status_code


def page_of(client: Client, address: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(address).content, "html.parser")


def test_each_choice_opens_into_why_it_is_right_or_not(reader: Client, lesson: LessonPage) -> None:
    check = page_of(reader, lesson.url).select_one(".self-check")
    assert check is not None
    wrong, right = check.select("details")
    assert "ちがいます" in wrong.text
    assert "だれにも教えません。" in wrong.text
    assert "正解です" in right.text
    assert check.find("form") is None, "nothing of it is sent"


def test_quotes_and_code_show_what_was_typed(reader: Client, lesson: LessonPage) -> None:
    page = page_of(reader, lesson.url)
    assert page.select_one(".quote blockquote").text.strip().endswith("<b>二つ</b>。")
    assert page.select_one(".quote cite").text == "第5条"
    assert page.select_one(".code code").text == '=IF(A1<"x",1,2)'


@pytest.mark.parametrize(
    ("right", "is_valid"),
    [([False, False], False), ([True, True], False), ([True, False], True), ([True], False)],
)
def test_a_self_check_has_something_right_and_something_wrong(
    right: list[bool], is_valid: bool
) -> None:
    choices = [{"text": "a", "is_right": mark, "feedback": "why"} for mark in right]
    block = LessonBody()
    value = block.to_python(
        [{"type": "self_check", "value": {"question": "q", "choices": choices}}]
    )
    if is_valid:
        block.clean(value)
    else:
        with pytest.raises(StreamBlockValidationError):
            block.clean(value)


def test_the_place_is_kept_and_told_on_the_lesson_and_on_my_page(
    reader: Client, enrolment: Enrolment, lesson: LessonPage, now: dt.datetime
) -> None:
    enrolment.started_at = now
    enrolment.save()
    key = lesson.sections[1][0]
    assert keep(reader, enrolment, lesson, key) == 204
    page = page_of(reader, lesson.url)
    assert "前回は「使い回さない」まで読みました。" in page.text
    assert page.select_one(f'a[href="#section-{key}"].notice__action, .notice a') is not None
    assert page.find(id=f"section-{key}").text == "使い回さない"
    mine = page_of(reader, "/")
    assert mine.select_one(f'a[href="{lesson.url}#section-{key}"]') is not None


def test_the_last_of_two_tabs_counts(
    reader: Client, enrolment: Enrolment, lesson: LessonPage
) -> None:
    for key, _title in [lesson.sections[2], lesson.sections[1]]:
        keep(reader, enrolment, lesson, key)
    assert places.left_off(enrolment, lesson) == lesson.sections[1]


def test_at_the_beginning_there_is_nothing_to_resume(
    reader: Client, enrolment: Enrolment, lesson: LessonPage
) -> None:
    keep(reader, enrolment, lesson, lesson.sections[0][0])
    assert places.left_off(enrolment, lesson) is None


def test_a_section_that_is_gone_is_not_offered(
    enrolment: Enrolment, lesson: LessonPage, now: dt.datetime
) -> None:
    places.keep(enrolment, lesson, section=lesson.sections[2][0], at=now)
    lesson.body = [part for part in lesson.body.raw_data if part["value"] != "まとめ"]
    lesson.save_revision().publish()
    lesson = LessonPage.objects.get(pk=lesson.pk)
    assert places.left_off(enrolment, lesson) is None


@pytest.mark.parametrize("section", ["", "none", "x" * 10_000, "<script>"])
def test_other_sections_are_not_kept(
    reader: Client, enrolment: Enrolment, lesson: LessonPage, section: str
) -> None:
    assert keep(reader, enrolment, lesson, section) == 204
    assert not ReadingPlace.objects.exists()


def test_nobody_keeps_a_place_for_another(
    client: Client, enrolment: Enrolment, lesson: LessonPage
) -> None:
    stranger: Person = PostingFactory(person=PersonFactory()).person
    client.force_login(stranger)
    assert keep(client, enrolment, lesson, lesson.sections[1][0]) == 404
    assert not ReadingPlace.objects.exists()


def test_a_lesson_of_another_course_has_no_place_in_this_one(
    reader: Client, enrolment: Enrolment
) -> None:
    other: Any = make_lesson(make_course("別の研修", "other"), body=BODY)
    assert keep(reader, enrolment, other, other.sections[1][0] or "") == 404


# What is chosen or written there says its name already.
NEEDS_NO_HELP = {"accordion/text", "document/document", "picture/image", "table", "text"}


def fields(block: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of a block that an author fills in, with where it stands."""
    inner = getattr(block, "child_blocks", None)
    if isinstance(block, ListBlock):
        yield from fields(block.child_block, path.rpartition("/")[0])
    elif inner is None:
        yield path, block
    else:
        for name, child in inner.items():
            yield from fields(child, f"{path}/{name}".strip("/"))


def test_every_field_of_a_lesson_says_what_belongs_there() -> None:
    without = {path for path, block in fields(LessonBody()) if not block.field.help_text}
    assert without == NEEDS_NO_HELP
