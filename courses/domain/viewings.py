"""What somebody has seen of a recording: kept as their browser tells it, for them to go on.

It helps to resume and shows what was missed. It proves nothing: a quiz does.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext
from wagtail.models import Revision

from courses.domain import completion
from courses.models import Enrolment, LessonPage, Recording, Viewing
from lms.core.errors import RuleViolation
from lms.core.text import duration

Range = tuple[int, int]
# Credits and a last silence need not be watched.
ENOUGH = 0.9
# Whoever stopped so near the end has finished.
NEAR_THE_END = 3


def joined(ranges: Iterable[Sequence[float]], *, seconds: int) -> list[Range]:
    """Ranges in whole seconds, within the recording, in order, none touching another."""
    found: list[Range] = []
    within = (
        (max(0, round(first)), min(seconds, round(last)))
        for first, last in sorted((first, last) for first, last in ranges)
    )
    for first, last in within:
        if last <= first:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


@dataclass(frozen=True)
class Watched:
    """How far somebody is with a recording."""

    recording: Recording
    must_be_watched: bool
    ranges: list[Range]
    position: int
    has_read: bool

    @property
    def seconds(self) -> int:
        return sum(last - first for first, last in self.ranges)

    @property
    def is_enough(self) -> bool:
        return self.seconds >= self.recording.seconds * ENOUGH

    @property
    def is_missing(self) -> bool:
        """The lesson waits for it."""
        return self.must_be_watched and not self.is_enough and not self.has_read

    @property
    def gaps(self) -> list[Range]:
        edges = [0, *(edge for seen in self.ranges for edge in seen), self.recording.seconds]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return [(first, last) for first, last in pairs if last > first]

    @property
    def goes_on_at(self) -> int:
        """Where it was left; at its end, the first second that was missed; 0 if none was."""
        if 0 < self.position < self.recording.seconds - NEAR_THE_END:
            return self.position
        return self.gaps[0][0] if self.ranges and self.gaps and not self.is_enough else 0

    @property
    def told(self) -> str:
        """How far, in words."""
        length = duration(self.recording.seconds)
        if not self.ranges:
            return gettext("%(length)s long. Not played yet.") % {"length": length}
        if self.is_enough:
            return gettext("Played to the end (%(length)s).") % {"length": length}
        return gettext("Played %(seen)s of %(length)s.") % {
            "seen": duration(self.seconds),
            "length": length,
        }


def keep(
    enrolment: Enrolment,
    recording: Recording,
    *,
    ranges: Iterable[Sequence[float]],
    position: float,
    at: dt.datetime,
) -> Viewing:
    """Add what was played to what is known. Told twice, or late, it changes nothing."""
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        viewing = _viewing(enrolment, recording, at=at)
        viewing.ranges = joined([*viewing.ranges, *ranges], seconds=recording.seconds)
        viewing.position = min(max(0, round(position)), recording.seconds)
        viewing.seen_at = at
        viewing.save()
        return viewing


def _viewing(enrolment: Enrolment, recording: Recording, *, at: dt.datetime) -> Viewing:
    found = Viewing.objects.filter(enrolment=enrolment, recording=recording).first()
    return found or Viewing(enrolment=enrolment, recording=recording, seen_at=at)


def of_lesson(enrolment: Enrolment | None, lesson: LessonPage) -> dict[int, Watched]:
    """Every recording of the lesson by its key; no query where there is none."""
    recordings = lesson.recordings
    if not recordings:
        return {}
    known = {
        viewing.recording_id: viewing
        for viewing in Viewing.objects.filter(enrolment=enrolment, recording__in=recordings)
    }
    return {
        recording.pk: watched(recording, known.get(recording.pk), must_be_watched=must)
        for recording, must in recordings.items()
    }


def watched(recording: Recording, viewing: Viewing | None, *, must_be_watched: bool) -> Watched:
    return Watched(
        recording=recording,
        must_be_watched=must_be_watched,
        ranges=[(first, last) for first, last in viewing.ranges] if viewing else [],
        position=viewing.position if viewing else 0,
        has_read=bool(viewing and viewing.read_at),
    )


def complete_lesson(
    enrolment: Enrolment,
    lesson: LessonPage,
    *,
    revision: Revision | None,
    read: Collection[str],
    at: dt.datetime,
) -> Enrolment:
    """Complete a lesson whose recordings were watched, or their transcripts read (``read``: keys).

    Raises RuleViolation, and completes nothing, while one is missing; what was read is kept.
    """
    missing = []
    with transaction.atomic():
        for state in of_lesson(enrolment, lesson).values():
            if state.is_missing and str(state.recording.pk) in read:
                viewing = _viewing(enrolment, state.recording, at=at)
                viewing.read_at = at
                viewing.save()
            elif state.is_missing:
                missing.append(state.recording.title)
    if missing:
        raise RuleViolation(
            gettext(
                "Watch “%(titles)s” to the end, or read the transcript and tick the box. Then "
                "complete the lesson."
            )
            % {"titles": "、".join(missing)}
        )
    return completion.complete_step(enrolment, lesson, revision=revision, at=at)
