"""Advice before publishing: each rule, and that it speaks only when it should."""

import pytest

from courses.domain import advice
from tests.factories.courses import OfferingFactory, make_course, make_lesson

A_MINUTE = "字" * 500


@pytest.mark.parametrize(
    ("count", "minutes"), [(0, 0), (1, 1), (500, 1), (501, 2), (5000, 10), (5001, 11)]
)
def test_five_hundred_characters_take_a_minute(count: int, minutes: int) -> None:
    assert advice.reading_minutes(count) == minutes


def test_a_picture_needs_a_description_that_is_more_than_spaces() -> None:
    assert advice.pictures_without_description([]) == []
    assert advice.pictures_without_description(["流れの図"]) == []
    [sentence] = advice.pictures_without_description(["", "図", "\u3000 "])
    assert "2" in sentence


def test_a_lesson_of_pictures_or_files_is_not_empty() -> None:
    assert advice.empty_lesson(0, ["picture"]) == []
    assert advice.empty_lesson(1, ["text"]) == []
    assert advice.empty_lesson(0, ["text"])
    assert advice.empty_lesson(0, [])


def test_ten_minutes_are_not_too_long() -> None:
    assert advice.long_lesson(10) == []
    assert "11" in advice.long_lesson(11)[0]


@pytest.mark.parametrize(
    ("told", "reading", "kinds", "speaks"),
    [
        (5, 5, ["text"], False),
        (5, 1, ["text"], False),
        (6, 1, ["text"], True),
        (6, 1, ["text", "picture"], False),
        (10, 15, ["text"], False),
        (7, 15, ["text"], True),
        (7, 15, ["text", "picture"], True),
        (30, 0, ["document"], False),
    ],
)
def test_minutes_far_from_the_reading_time_are_told(
    told: int, reading: int, kinds: list[str], *, speaks: bool
) -> None:
    assert bool(advice.minutes_far_from_reading(told, reading, kinds)) is speaks


@pytest.mark.parametrize(
    ("kinds", "named"),
    [
        (["text"], []),
        (["heading", "text", "heading", "picture"], []),
        (["heading", "heading", "text"], ["A"]),
        (["text", "heading"], ["A"]),
        (["heading", "heading"], ["A", "B"]),
    ],
)
def test_a_heading_must_head_something(kinds: list[str], named: list[str]) -> None:
    found = advice.heading_order(kinds, ["A", "B"][: kinds.count("heading")])
    assert [sentence.split("「")[1][0] for sentence in found] == named


@pytest.mark.django_db
def test_text_is_counted_without_its_formatting() -> None:
    body = [
        ("heading", "見出し"),
        ("text", "<p>一二三 <b>四五</b></p>"),
        ("callout", {"kind": "point", "title": "要点", "text": "<p>六</p>"}),
        ("steps_list", {"title": "", "steps": [{"title": "七", "text": "<p>八</p>"}]}),
    ]
    lesson = make_lesson(make_course(), body=body)
    assert advice.characters(lesson.body) == 3 + 5 + 2 + 1 + 2


@pytest.mark.django_db
def test_a_lesson_in_order_gets_no_advice() -> None:
    body = [("heading", "見出し"), ("text", f"<p>{A_MINUTE * 5}</p>")]
    assert advice.on_lesson(make_lesson(make_course(), body=body, minutes=5)) == []
    long = make_lesson(make_course("別", "other"), body=[("text", f"<p>{A_MINUTE * 12}</p>")])
    assert len(advice.on_lesson(long)) == 2


@pytest.mark.django_db
def test_a_course_says_what_it_lacks() -> None:
    course = make_course()
    offering = OfferingFactory(course=course, slug="security-2027")
    assert len(advice.on_course(course)) == 1
    make_lesson(course)
    assert advice.on_course(course) == []
    course.unpublish()
    [sentence] = advice.on_course(course)
    assert offering.slug in sentence
    offering.delete()
    assert advice.on_course(course) == []


@pytest.mark.django_db
def test_drafts_are_checked_as_last_saved() -> None:
    course = make_course()
    lesson = make_lesson(course)
    lesson.body = []
    lesson.save_revision()
    [step] = advice.steps_of(course)
    assert advice.on_lesson(step)
