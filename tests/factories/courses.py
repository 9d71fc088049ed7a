import datetime as dt
from pathlib import Path
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from courses.models import (
    Audience,
    CourseIndexPage,
    CoursePage,
    Enrolment,
    LessonPage,
    Offering,
    Recording,
)
from tests.factories.people import PersonFactory


def make_course(
    title: str = "情報セキュリティ研修", slug: str = "security", **facts: Any
) -> CoursePage:
    course = CoursePage(title=title, slug=slug, summary="安全に仕事をするための基本", **facts)
    CourseIndexPage.objects.get().add_child(instance=course)
    course.save_revision().publish()
    return course


def make_lesson(
    course: CoursePage, title: str = "パスワード", slug: str | None = None, **facts: Any
) -> LessonPage:
    number = course.get_children().count() + 1
    facts.setdefault("body", [("text", "<p>長く、使い回さない。</p>")])
    lesson = LessonPage(title=title, slug=slug or f"lesson-{number}", **facts)
    course.refresh_from_db()
    course.add_child(instance=lesson)
    lesson.save_revision().publish()
    return lesson


# A video of 65 seconds with captions, and audio of 32.
RECORDINGS = Path(__file__).parents[2] / "lms/demo/content/01-security/recordings"
VIDEO, AUDIO = RECORDINGS / "three-looks.mp4", RECORDINGS / "password-minute.m4a"


def make_recording(title: str = "3つの目", file: Path = VIDEO, **facts: Any) -> Recording:
    is_video = file.suffix == ".mp4"
    return Recording.objects.create(
        title=title,
        file=ContentFile(file.read_bytes(), name=file.name),
        content_type="video/mp4" if is_video else "audio/mp4",
        seconds=65 if is_video else 32,
        captions=facts.pop("captions", file.with_suffix(".vtt").read_text(encoding="utf-8")),
        transcript=facts.pop("transcript", "差出人、求める動作、リンクを見ます。"),
        **facts,
    )


def shown(recording: Recording, *, must_be_watched: bool = False) -> tuple[str, dict[str, Any]]:
    """The part of a lesson's body that shows it."""
    return "recording", {"recording": recording, "must_be_watched": must_be_watched}


class AudienceFactory(DjangoModelFactory[Audience]):
    class Meta:
        model = Audience

    name = factory.Sequence(lambda n: f"対象 {n}")
    everybody = True


class OfferingFactory(DjangoModelFactory[Offering]):
    class Meta:
        model = Offering

    course = factory.LazyFunction(make_course)
    slug = factory.Sequence(lambda n: f"offering-{n}")
    fiscal_year = 2026
    audience = factory.SubFactory(AudienceFactory)
    opens_on = dt.date(2026, 4, 1)
    due_on = dt.date(2026, 12, 28)


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    class Meta:
        model = Enrolment

    person = factory.SubFactory(PersonFactory)
    offering = factory.SubFactory(OfferingFactory)
    assigned_on = dt.date(2026, 4, 1)
    due_on = factory.SelfAttribute("offering.due_on")
