"""Where a reader left a lesson, so that any device can go on there."""

import datetime as dt

from courses.models import Enrolment, LessonPage, ReadingPlace


def keep(enrolment: Enrolment, lesson: LessonPage, *, section: str, at: dt.datetime) -> None:
    """Remember the section; one that the lesson does not have changes nothing."""
    if section in dict(lesson.sections):
        ReadingPlace.objects.update_or_create(
            enrolment=enrolment, page_id=lesson.pk, defaults={"section": section, "read_at": at}
        )


def left_off(enrolment: Enrolment, lesson: LessonPage) -> tuple[str, str] | None:
    """Key and title of the section read last; None at the beginning, or where it is gone."""
    place = ReadingPlace.objects.filter(enrolment=enrolment, page_id=lesson.pk).first()
    later = lesson.sections[1:]
    return next(((key, title) for key, title in later if place and key == place.section), None)
