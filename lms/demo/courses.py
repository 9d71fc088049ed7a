"""The courses of the demo, kept as text under content/: a folder a course, a file a lesson.

    content/01-security/
        course.toml       title, summary, introduction, and the rules of the quiz
        lessons/*.toml    one lesson each, in the order of their file names
        questions.toml    the question bank
        pictures/*.svg    documents/*.html
        recordings/       what docs/make_recordings.py made of the *.toml there

In the text a blank line ends a paragraph, "- " and "1. " begin a list, ** ** makes bold, and each
sentence has its own line, so that a change of one sentence is a change of one line.
"""

import datetime as dt
import json
import re
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.html import escape
from django.utils.safestring import mark_safe
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection

from courses.domain import recordings
from courses.models import CourseIndexPage, CoursePage, LessonPage, Recording
from lms.core import pdf
from lms.core.audit import record
from quizzes.models import Choice, Draw, Question, QuestionCategory, QuizPage

CONTENT = Path(__file__).parent / "content"
# Names under which the same content gets the same identifiers on every machine.
NAMESPACE = uuid.UUID("5f0c2c1e-6a0e-4a43-9d2b-3b1f8f5b6c10")

BOLD = re.compile(r"\*\*(.+?)\*\*")
BULLET = re.compile(r"^- ")
NUMBER = re.compile(r"^\d+\. ")


def rich(text: str) -> str:
    """The few marks of the content files as the HTML that a rich text field stores."""
    return "".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()) if block)


def _block(block: str) -> str:
    lines = [BOLD.sub(r"<b>\1</b>", escape(line.strip())) for line in block.splitlines()]
    for mark, tag in ((BULLET, "ul"), (NUMBER, "ol")):
        if all(mark.match(line) for line in lines):
            items = "".join(f"<li>{mark.sub('', line)}</li>" for line in lines)
            return f"<{tag}>{items}</{tag}>"
    return f"<p>{''.join(lines)}</p>"


def stable_uid(*parts: str | int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts))


@dataclass(frozen=True)
class LessonText:
    title: str
    slug: str
    minutes: int
    body: list[dict[str, Any]]

    def parts(self) -> Iterator[tuple[str, Any]]:
        for part in self.body:
            [(kind, value)] = part.items()
            yield kind, value


@dataclass(frozen=True)
class ChoiceText:
    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class QuestionText:
    key: str
    kind: str
    text: str
    explanation: str
    choices: tuple[ChoiceText, ...]


@dataclass(frozen=True)
class CourseFolder:
    path: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        return _read(self.path / "course.toml")

    @property
    def slug(self) -> str:
        return str(self.facts["slug"])

    @cached_property
    def lessons(self) -> list[LessonText]:
        return [LessonText(**_read(path)) for path in sorted(self.path.glob("lessons/*.toml"))]

    @cached_property
    def category(self) -> str:
        return str(_read(self.path / "questions.toml")["category"])

    @cached_property
    def questions(self) -> list[QuestionText]:
        return [
            QuestionText(
                key=facts["key"],
                kind=facts["kind"],
                text=facts["text"],
                explanation=facts["explanation"],
                choices=tuple(ChoiceText(**choice) for choice in facts["choices"]),
            )
            for facts in _read(self.path / "questions.toml")["question"]
        ]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def course_folders() -> list[CourseFolder]:
    """Every course under content/, in the order of its folders."""
    return [CourseFolder(path.parent) for path in sorted(CONTENT.glob("*/course.toml"))]


def load_courses(*, at: dt.datetime) -> dict[str, CoursePage]:
    """Make the courses that are not there yet, and return all of them by slug.

    A course that is there stays as its authors have made it since.
    """
    with transaction.atomic():
        index = CourseIndexPage.objects.get()
        standing = {page.slug: page for page in CoursePage.objects.child_of(index)}
        return {
            folder.slug: standing.get(folder.slug) or _Loading(folder, at=at).run()
            for folder in course_folders()
        }


class _Loading:
    """One course on its way into the database."""

    def __init__(self, folder: CourseFolder, *, at: dt.datetime) -> None:
        self.folder = folder
        self.at = at
        title = folder.facts["title"]
        self.collection = Collection.objects.filter(
            name=title
        ).first() or Collection.get_first_root_node().add_child(name=title)

    def run(self) -> CoursePage:
        facts = self.folder.facts
        course = CoursePage(
            title=facts["title"],
            slug=facts["slug"],
            summary=facts["summary"],
            intro=rich(facts["intro"]),
            minutes=facts["minutes"],
            gives_certificate=facts.get("certificate", True),
        )
        CourseIndexPage.objects.get().add_child(instance=course)
        for lesson in self.folder.lessons:
            course.add_child(instance=self._lesson(lesson)).save_revision().publish()
        if "quiz" in facts:
            category = self._question_bank()
            course.add_child(instance=self._quiz(category)).save_revision().publish()
        course.save_revision().publish()
        record("demo.course_loaded", by=None, at=self.at, subject=course)
        return course

    def _lesson(self, lesson: LessonText) -> LessonPage:
        body = [
            {
                "type": kind,
                "value": self._part(kind, value, lesson, number),
                "id": self._id(lesson, number),
            }
            for number, (kind, value) in enumerate(lesson.parts())
        ]
        return LessonPage(
            title=lesson.title,
            slug=lesson.slug,
            minutes=lesson.minutes,
            body=json.dumps(body, ensure_ascii=False),
        )

    def _id(self, lesson: LessonText, *place: int) -> str:
        return str(stable_uid(self.folder.slug, lesson.slug, *place))

    def _part(self, kind: str, value: Any, lesson: LessonText, number: int) -> Any:
        def entries(key: str) -> list[dict[str, Any]]:
            return [
                {
                    "type": "item",
                    "value": {"title": entry["title"], "text": rich(entry["text"])},
                    "id": self._id(lesson, number, place),
                }
                for place, entry in enumerate(value[key])
            ]

        stored: Any = None
        match kind:
            case "heading":
                stored = value
            case "text":
                stored = rich(value)
            case "picture":
                stored = {
                    "image": self._image(value).pk,
                    "alt_text": value["alt"],
                    "caption": value.get("caption", ""),
                }
            case "callout":
                stored = {**value, "text": rich(value["text"])}
            case "steps_list":
                stored = {"title": value["title"], "steps": entries("steps")}
            case "table":
                stored = {
                    "table_caption": value["caption"],
                    "data": value["rows"],
                    "table_header_choice": "both",
                    "first_row_is_table_header": True,
                    "first_col_is_header": True,
                }
            case "accordion":
                stored = {"items": entries("items")}
            case "self_check" | "quote" | "code":
                stored = value
            case "document":
                stored = {"document": self._document(value).pk, "text": value["text"]}
            case "recording":
                stored = {
                    "recording": self._recording(value).pk,
                    "must_be_watched": value.get("must_be_watched", False),
                }
            case _:
                raise ValueError(f"{lesson.slug}: a lesson has no part of the kind {kind}")
        return stored

    def _image(self, value: dict[str, Any]) -> Any:
        images = get_image_model().objects
        standing = images.filter(collection=self.collection, title=value["title"]).first()
        if standing:
            return standing
        path = self.folder.path / "pictures" / value["file"]
        image = images.create(
            collection=self.collection,
            title=value["title"],
            description=value["alt"],
            file=ContentFile(path.read_bytes(), name=self._file_name(path, ".svg")),
        )
        image.get_file_size()
        image.get_file_hash()
        return image

    def _file_name(self, path: Path, suffix: str) -> str:
        return f"{self.folder.slug}-{path.stem}{suffix}"

    def _document(self, value: dict[str, Any]) -> Any:
        documents = get_document_model().objects
        standing = documents.filter(collection=self.collection, title=value["title"]).first()
        if standing:
            return standing
        path = self.folder.path / "documents" / value["file"]
        drawn = pdf.render(
            "pdf/handout.html",
            {"body": mark_safe(path.read_text(encoding="utf-8"))},  # noqa: S308 - our own text
            title=value["title"],
            at=self.at,
        )
        document = documents.create(
            collection=self.collection,
            title=value["title"],
            file=ContentFile(drawn, name=self._file_name(path, ".pdf")),
        )
        document.get_file_size()
        document.get_file_hash()
        return document

    def _recording(self, value: dict[str, Any]) -> Recording:
        standing = Recording.objects.filter(title=value["title"]).first()
        if standing:
            return standing
        path = self.folder.path / "recordings" / value["file"]
        with path.open("rb") as file:
            facts = recordings.facts(file, name=path.name)
        captions = path.with_suffix(".vtt")
        spoken = recordings.captions(captions.read_bytes(), name=captions.name)
        return Recording.objects.create(
            title=value["title"],
            file=ContentFile(path.read_bytes(), name=self._file_name(path, path.suffix)),
            content_type=facts.content_type,
            seconds=facts.seconds,
            captions=spoken,
            transcript=value.get("transcript") or recordings.spoken(spoken),
        )

    def _question_bank(self) -> QuestionCategory:
        category, _ = QuestionCategory.objects.get_or_create(name=self.folder.category)
        for question in self.folder.questions:
            self._question(category, question)
        return category

    def _question(self, category: QuestionCategory, content: QuestionText) -> None:
        uids = [
            stable_uid(self.folder.slug, "question", content.key, place)
            for place in range(len(content.choices))
        ]
        if Choice.objects.filter(uid__in=uids).exists():
            return
        question = Question(
            category=category,
            kind=content.kind,
            text=rich(content.text),
            explanation=rich(content.explanation),
            live=False,
        )
        question.choices = [
            Choice(
                uid=uid,
                text=choice.text,
                is_correct=choice.right,
                explanation=choice.why,
                sort_order=place,
            )
            for place, (uid, choice) in enumerate(zip(uids, content.choices, strict=True))
        ]
        question.save()
        question.save_revision().publish()

    def _quiz(self, category: QuestionCategory) -> QuizPage:
        rules = self.folder.facts["quiz"]
        page = QuizPage(
            title=rules["title"],
            slug=rules["slug"],
            minutes=rules["minutes"],
            intro=rich(rules["intro"]),
            pass_mark=rules["pass_mark"],
            max_attempts=rules.get("max_attempts", 0),
        )
        page.draws = [Draw(category=category, count=rules["draw"], sort_order=0)]
        return page
