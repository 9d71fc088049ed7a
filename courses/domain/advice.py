"""What is worth mending before a course is published. Advice only: nothing here stops anybody.

One pure function for each rule; each returns the sentences that it has to say, mostly none.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext
from wagtail.blocks import StreamValue

from courses.models import CoursePage, LessonPage, Offering, StepPage

# Japanese text is read at 400 to 600 characters a minute.
CHARACTERS_A_MINUTE = 500
LONGEST_MINUTES = 10
# The minutes told may differ from the reading time by so many, or by half of it.
MINUTES_OFF = 4
HEADING = "heading"
PICTURE = "picture"
# What is seen, opened or heard takes time as well, and is no text.
SHOWN = frozenset({PICTURE, "document", "recording"})

# Parts of a block's stored value that say how or which, and are not read.
NO_TEXT = frozenset({"id", "type", "kind", "alt_text", "table_header_choice"})


def _texts(value: Any) -> Iterable[str]:
    """Every piece of text in a block's stored value, without its formatting."""
    if isinstance(value, str):
        yield " ".join(strip_tags(value).split())
    elif isinstance(value, dict):
        for key, part in value.items():
            if key not in NO_TEXT:
                yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def characters(body: StreamValue) -> int:
    """How many characters a reader reads; spaces are none."""
    stored = body.get_prep_value()
    return sum(
        len(text.replace(" ", "")) for block in stored for text in _texts(block.get("value"))
    )


def reading_minutes(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_A_MINUTE)


def pictures_without_description(descriptions: Sequence[str]) -> list[str]:
    missing = sum(not text.strip() for text in descriptions)
    if not missing:
        return []
    return [
        ngettext(
            "%(count)s picture has no description. Say in one sentence what it tells, for those "
            "who do not see it.",
            "%(count)s pictures have no description. Say in one sentence what each tells, for "
            "those who do not see them.",
            missing,
        )
        % {"count": missing}
    ]


def empty_lesson(characters: int, kinds: Sequence[str]) -> list[str]:
    if characters or SHOWN.intersection(kinds):
        return []
    return [gettext("The lesson has no content yet. Add text, pictures or files.")]


def long_lesson(minutes: int) -> list[str]:
    if minutes <= LONGEST_MINUTES:
        return []
    return [
        gettext(
            "It takes about %(minutes)s minutes to read and watch. Make two lessons of it: up to "
            "%(longest)s minutes each are read to the end."
        )
        % {"minutes": minutes, "longest": LONGEST_MINUTES}
    ]


def minutes_far_from_reading(told: int, reading: int, kinds: Sequence[str]) -> list[str]:
    """Too few minutes are always wrong; many may be meant where there is more than text."""
    if not reading:
        return []
    allowed = max(MINUTES_OFF, reading / 2)
    too_few = reading - told > allowed
    too_many = told - reading > allowed and not SHOWN.intersection(kinds)
    if not (too_few or too_many):
        return []
    return [
        gettext(
            "“Minutes needed” says %(told)s, but reading and watching takes about %(reading)s. "
            "People plan by this number."
        )
        % {"told": told, "reading": reading}
    ]


def recordings_without_captions(titles: Sequence[str]) -> list[str]:
    return [
        gettext(
            "“%(title)s” has no captions. Add them where somebody speaks: for those who cannot "
            "hear it, and for offices where no sound may be played."
        )
        % {"title": title}
        for title in titles
    ]


def heading_order(kinds: Sequence[str], headings: Sequence[str]) -> list[str]:
    """A heading must head something."""
    found = []
    names = iter(headings)
    for here, after in pairwise([*kinds, HEADING]):
        if here == HEADING:
            name = next(names)
            if after == HEADING:
                found.append(
                    gettext("Nothing stands below the heading “%(heading)s”.") % {"heading": name}
                )
    return found


def course_without_lessons(lessons: int) -> list[str]:
    if lessons:
        return []
    return [gettext("The course has no lessons yet. Add them as pages below it.")]


def unpublished_course(*, is_live: bool, offerings: Sequence[Offering]) -> list[str]:
    if is_live or not offerings:
        return []
    return [
        gettext(
            "The course is not published, but offerings need it: %(offerings)s. Publish it before "
            "the opening day."
        )
        % {"offerings": "、".join(offering.slug for offering in offerings)}
    ]


def on_lesson(lesson: LessonPage) -> list[str]:
    body = lesson.body
    kinds = [block.block_type for block in body]
    count = characters(body)
    shown = lesson.recordings
    seconds = sum(recording.seconds for recording in shown)
    reading = reading_minutes(count) + math.ceil(seconds / 60)
    return [
        *empty_lesson(count, kinds),
        *pictures_without_description(
            [block.value.get("alt_text") or "" for block in body if block.block_type == PICTURE]
        ),
        *recordings_without_captions(
            [one.title for one in shown if one.is_video and not one.captions]
        ),
        *heading_order(kinds, [block.value for block in body if block.block_type == HEADING]),
        *long_lesson(reading),
        *minutes_far_from_reading(lesson.minutes, reading, kinds),
    ]


def on_course(course: CoursePage) -> list[str]:
    lessons = LessonPage.objects.child_of(course).count()
    offerings = [] if course.live else list(course.offerings.order_by("slug"))
    return [
        *course_without_lessons(lessons),
        *unpublished_course(is_live=course.live, offerings=offerings),
    ]


def steps_of(course: CoursePage) -> list[StepPage]:
    """Every step as last saved, drafts as well, in the course's order."""
    steps = StepPage.objects.child_of(course).order_by("path").specific(defer=False)
    return [step.get_latest_revision_as_object() for step in steps]
