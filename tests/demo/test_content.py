"""The courses of the demo: what an author, a learner and a reviewer may rely on."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils.html import strip_tags
from pypdf import PdfReader
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Revision

from courses.models import CoursePage, LessonPage
from lms.core.models import AuditEntry
from lms.demo.courses import (
    CourseFolder,
    LessonText,
    QuestionText,
    course_folders,
    load_courses,
    rich,
)
from quizzes.enums import QuestionKind
from quizzes.models import Question, QuizPage

FOLDERS = course_folders()
LESSONS = [(folder, lesson) for folder in FOLDERS for lesson in folder.lessons]
QUESTIONS = [(folder, question) for folder in FOLDERS for question in folder.questions]
CHARACTERS_A_MINUTE = 500
# Words that Japanese office staff read every day in Latin letters, and what a lesson spells out.
KNOWN_LATIN = re.compile(
    r"(?ia)\b(LGWAN|LAN|USB|PDF|FAX|SNS|ID|BCC|CC|TO|Windows|L|kabanmikanaokaidan|password"
    r"|DX|AI|OCR|RPA|BPR|EBPM|UI|UX|ICT|CSV|Excel|Word|xlsx|docx|API|QR|OODA)\b"
)
# People whom the policy or the news names; a course of the demo names nobody.
REAL_NAMES = ("大木", "大和市長", "岸田", "平井", "河野", "石破", "高市")


def lesson_ids(pair: tuple[CourseFolder, LessonText]) -> str:
    return f"{pair[0].slug}/{pair[1].slug}"


def question_ids(pair: tuple[CourseFolder, QuestionText]) -> str:
    return f"{pair[0].slug}/{pair[1].key}"


def shown(value: Any, key: str = "") -> Iterator[str]:
    """Every text that a reader of the part sees or hears."""
    if isinstance(value, str):
        if key not in {"kind", "file"}:
            yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from shown(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from shown(inner, key)


def everything_said() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for text in shown(
            {k: v for k, v in folder.facts.items() if k not in {"slug", "quiz", "offering"}}
        ):
            yield folder.slug, text
        for text in shown({k: v for k, v in folder.facts["quiz"].items() if k != "slug"}):
            yield f"{folder.slug} quiz", text
        for lesson in folder.lessons:
            for text in [lesson.title, *shown(lesson.body)]:
                yield f"{folder.slug}/{lesson.slug}", text
        for question in folder.questions:
            yield question.key, question.text
            yield question.key, question.explanation
            for choice in question.choices:
                yield question.key, choice.text
                yield question.key, choice.why


@pytest.mark.parametrize("pair", LESSONS, ids=lesson_ids)
def test_a_lesson_is_read_in_three_to_ten_minutes_and_says_so(
    pair: tuple[CourseFolder, LessonText],
) -> None:
    _, lesson = pair
    minutes = sum(len(text) for text in shown(lesson.body)) / CHARACTERS_A_MINUTE
    assert 3 <= minutes <= 10
    assert 5 <= lesson.minutes <= 10
    # Pictures and thinking take time too, but not as long as the reading.
    assert minutes <= lesson.minutes <= 2 * minutes


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.slug)
def test_the_minutes_of_the_steps_add_up_to_those_of_the_course(folder: CourseFolder) -> None:
    steps = sum(lesson.minutes for lesson in folder.lessons) + folder.facts["quiz"]["minutes"]
    assert steps == folder.facts["minutes"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.slug)
def test_slugs_and_keys_are_unique_in_a_course(folder: CourseFolder) -> None:
    slugs = [lesson.slug for lesson in folder.lessons] + [folder.facts["quiz"]["slug"]]
    assert len(slugs) == len(set(slugs))
    keys = [question.key for question in folder.questions]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.slug)
def test_every_picture_is_used_once_and_described(folder: CourseFolder) -> None:
    pictures = [
        value for lesson in folder.lessons for kind, value in lesson.parts() if kind == "picture"
    ]
    drawn = {path.name for path in (folder.path / "pictures").glob("*")}
    assert Counter(picture["file"] for picture in pictures) == Counter(drawn)
    assert len({picture["title"] for picture in pictures}) == len(pictures)
    for picture in pictures:
        assert 30 <= len(picture["alt"]) <= 255, picture["file"]
        assert picture["alt"] != picture.get("caption"), picture["file"]


@pytest.mark.parametrize(
    "path",
    [path for folder in FOLDERS for path in sorted(folder.path.glob("pictures/*.svg"))],
    ids=lambda path: path.name,
)
def test_a_picture_is_plain_drawing_with_a_title_and_text_that_a_phone_can_show(path: Any) -> None:
    root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "rect", "circle", "path", "text", "g"}
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert 1.5 <= width / height <= 2
    sizes = [float(e.attrib["font-size"]) for e in root.iter() if "font-size" in e.attrib]
    # On a phone the picture is 340 px wide: 15 units of 640 are 8 px.
    assert min(sizes) / width * 340 >= 7.9


@pytest.mark.parametrize("pair", QUESTIONS, ids=question_ids)
def test_a_question_can_be_answered_and_every_answer_teaches(
    pair: tuple[CourseFolder, QuestionText],
) -> None:
    _, question = pair
    kind = QuestionKind(question.kind)
    right = [choice for choice in question.choices if choice.right]
    texts = [choice.text for choice in question.choices]
    assert len(set(texts)) == len(texts)
    assert all(len(choice.why) >= 10 and len(choice.why) <= 500 for choice in question.choices)
    assert len(question.explanation) >= 40
    if kind is QuestionKind.TRUE_FALSE:
        assert texts == ["正しい", "誤り"]
    else:
        assert len(texts) >= 4
    if kind is QuestionKind.MULTIPLE:
        assert 2 <= len(right) < len(texts)
        assert "すべて選んでください" in question.text
    else:
        assert len(right) == 1


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.slug)
def test_the_right_answer_cannot_be_guessed_from_place_or_length(folder: CourseFolder) -> None:
    single = [question for question in folder.questions if question.kind == QuestionKind.SINGLE]
    places = Counter(
        place
        for question in single
        for place, choice in enumerate(question.choices)
        if choice.right
    )
    assert max(places.values()) <= len(single) * 0.4
    longest = sum(
        max(question.choices, key=lambda choice: len(choice.text)).right for question in single
    )
    assert longest <= len(single) * 0.5
    true_false = [q for q in folder.questions if q.kind == QuestionKind.TRUE_FALSE]
    assert {q.choices[0].right for q in true_false} == {True, False}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.slug)
def test_the_bank_holds_more_than_the_quiz_draws_and_nothing_twice(folder: CourseFolder) -> None:
    least = 8 if folder.facts.get("outline") else 20
    assert len(folder.questions) >= max(least, folder.facts["quiz"]["draw"])
    texts = [strip_tags(rich(question.text)) for question in folder.questions]
    assert len(texts) == len(set(texts))


def test_nobody_real_is_named_and_no_english_is_left() -> None:
    for where, text in everything_said():
        for name in REAL_NAMES:
            assert name not in text, (where, name)
        left = re.search(r"[A-Za-z]{2,}", KNOWN_LATIN.sub("", text))
        assert left is None, (where, left)


def test_the_courses_say_that_their_people_are_invented() -> None:
    for folder in FOLDERS:
        assert "架空のサンプル" in folder.facts["intro"]
        for lesson in folder.lessons:
            for kind, value in lesson.parts():
                if kind == "callout" and value["kind"] == "example":
                    assert "架空のサンプル" in value["title"], (lesson.slug, value["title"])


def test_an_outline_names_the_lessons_that_are_to_follow() -> None:
    for folder in FOLDERS:
        is_outline = folder.facts.get("outline", False)
        assert ("このほかのレッスンは準備中です。" in folder.facts["intro"]) is is_outline
        assert is_outline is (len(folder.lessons) < 5)


def test_the_marks_of_the_content_files_become_html_and_nothing_else_does() -> None:
    assert rich("一文目。\n二文目。\n\n**太字**と<b>") == (
        "<p>一文目。二文目。</p><p><b>太字</b>と&lt;b&gt;</p>"
    )
    assert rich("- 一つ\n- 二つ\n\n1. 一番\n2. 二番") == (
        "<ul><li>一つ</li><li>二つ</li></ul><ol><li>一番</li><li>二番</li></ol>"
    )


@pytest.fixture
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def state() -> dict[str, Any]:
    return {
        "revisions": sorted(Revision.objects.values_list("pk", flat=True)),
        "pages": sorted(CoursePage.objects.values_list("pk", "latest_revision_created_at")),
        "images": sorted(Image.objects.values_list("pk", "file")),
        "documents": sorted(Document.objects.values_list("pk", "file")),
        "questions": sorted(Question.objects.values_list("pk", "live_revision")),
        "audit": AuditEntry.objects.count(),
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("media")
def test_loaded_courses_pass_the_rules_of_the_editor(now: dt.datetime) -> None:
    loaded = load_courses(at=now)
    assert list(loaded) == [folder.slug for folder in FOLDERS]
    for course in loaded.values():
        course.refresh_from_db()
        assert course.live
        assert not course.has_unpublished_changes
        course.full_clean()
    for lesson in LessonPage.objects.all():
        assert lesson.live
        assert lesson.live_revision is not None
        lesson.full_clean()
        cleaned = lesson.body.stream_block.clean(lesson.body)
        assert len(cleaned) == len(lesson.body) > 0
    for quiz in QuizPage.objects.all():
        assert quiz.live
        quiz.full_clean()
        for draw in quiz.draws.all():
            assert draw.category.questions.filter(live=True).count() >= draw.count
    for question in Question.objects.prefetch_related("choices"):
        question.full_clean()
        assert question.live
        assert question.live_revision is not None
        for choice in question.choices.all():
            choice.full_clean()


@pytest.mark.django_db
@pytest.mark.usefixtures("media")
def test_steps_stand_in_the_order_of_learning_with_the_quiz_last(now: dt.datetime) -> None:
    load_courses(at=now)
    for folder in FOLDERS:
        course = CoursePage.objects.get(slug=folder.slug)
        slugs = list(course.get_children().live().values_list("slug", flat=True))
        assert slugs == [lesson.slug for lesson in folder.lessons] + [folder.facts["quiz"]["slug"]]


@pytest.mark.django_db
@pytest.mark.usefixtures("media")
def test_loading_again_changes_nothing(now: dt.datetime) -> None:
    first = load_courses(at=now)
    before = state()
    again = load_courses(at=now + dt.timedelta(days=1))
    assert state() == before
    assert {slug: page.pk for slug, page in again.items()} == {
        slug: page.pk for slug, page in first.items()
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("media")
def test_what_an_author_changed_stays(now: dt.datetime) -> None:
    load_courses(at=now)
    lesson = LessonPage.objects.first()
    assert lesson is not None
    lesson.title = "書きかえたレッスン"
    lesson.save_revision().publish()
    load_courses(at=now)
    lesson.refresh_from_db()
    assert lesson.title == "書きかえたレッスン"


@pytest.mark.django_db
@pytest.mark.usefixtures("media")
def test_a_deleted_course_comes_back_without_a_second_bank_or_second_pictures(
    now: dt.datetime,
) -> None:
    load_courses(at=now)
    before = (Image.objects.count(), Document.objects.count(), Question.objects.count())
    for course in CoursePage.objects.all():
        course.delete()
    loaded = load_courses(at=now)
    assert all(course.pk for course in loaded.values())
    assert (Image.objects.count(), Document.objects.count(), Question.objects.count()) == before


@pytest.mark.django_db
@pytest.mark.usefixtures("media")
def test_pictures_and_documents_are_files_with_a_size_and_a_hash(now: dt.datetime) -> None:
    load_courses(at=now)
    images, documents = list(Image.objects.all()), list(Document.objects.all())
    assert images
    assert documents
    for image in images:
        assert image.is_svg()
        assert image.description
        assert image.file_size == image.file.size
        assert (image.width, image.file_hash != "") == (1280, True)
    for document in documents:
        with document.file.open() as file:
            assert len(PdfReader(file).pages) == 1, "a card to put on the wall has one page"
        assert document.file_size == document.file.size
        assert document.file_hash
