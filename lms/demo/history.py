"""What happened in the demo's offerings: three 年度 of learning, told day by day.

Enrolments come and go through the domain, month by month. What people did in between is written
in bulk, as the same facts that ``complete_step`` and ``submit`` would have left.
"""

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone
from wagtail.models import Revision

from courses.domain import certificates, enrolments, learning
from courses.models import Audience, CoursePage, Enrolment, Offering, StepProgress
from lms.core.calendar import fiscal_year, fiscal_year_end, fiscal_year_start
from lms.core.models import AuditEntry
from lms.demo.outline import YEARLY
from lms.people.enums import LeaveCode, Role
from lms.people.models import Leave, Person, Posting
from quizzes.domain import grading, versions
from quizzes.enums import QuestionKind
from quizzes.models import Attempt, Question, QuizPage, Response

DAY = dt.timedelta(days=1)
ROWS_AT_ONCE = 500
# Attempts of each offering that carry their answers; further ones have their score alone.
ATTEMPTS_WITH_ANSWERS = 600
LEAVE_REASONS = {
    LeaveCode.CHILDCARE: "育児休業のため",
    LeaveCode.SUSPENSION: "休職のため",
    LeaveCode.LONG_TRAINING: "長期研修派遣のため",
    LeaveCode.SECONDMENT: "派遣のため",
    LeaveCode.OTHER: "長期休暇のため",
}


@dataclass(frozen=True, slots=True)
class Story:
    """How one person went through one offering."""

    started_at: dt.datetime
    steps_done: int
    # Scores of the sittings in percent of right answers wanted; only the last can be a pass.
    sittings: tuple[int, ...]
    completed_at: dt.datetime | None


@dataclass(slots=True)
class Chapter:
    """One offering, with what its stories need."""

    offering: Offering
    until: dt.date
    finish_rate: float
    told: set[int] = field(default_factory=set)


def tell(
    course: CoursePage, *, seed: int, at: dt.datetime, untouched: Iterable[str] = ()
) -> list[Enrolment]:
    """The offerings of this 年度 and the two before, lived through up to ``at``.

    Returns what was completed; ``issue_certificates`` comes when everything has been told.

    The people numbered in ``untouched`` have not begun this year's yet.
    """
    on = timezone.localdate(at)
    year = fiscal_year(on)
    audience, _created = Audience.objects.get_or_create(name="全職員", defaults={"everybody": True})
    _date_back(course, to=_moment(fiscal_year_start(year - 2), 9))
    teller = _Teller(course, seed=seed, at=at, untouched=frozenset(untouched))
    for number in (year - 2, year - 1):
        offering = Offering.objects.create(
            course=course,
            slug=f"{course.slug}-{number}",
            fiscal_year=number,
            audience=audience,
            opens_on=dt.date(number, 6, 1),
            due_on=dt.date(number, 8, 31),
            closes_on=fiscal_year_end(number),
        )
        rate = 0.93 if number == year - 2 else 0.96
        teller.live_through(Chapter(offering, offering.closes_on or on, rate))
    offering = Offering.objects.create(
        course=course,
        slug=f"{course.slug}-{year}",
        fiscal_year=year,
        audience=audience,
        opens_on=_opening(year, on),
        due_on=min(_friday_after(on + 18 * DAY), fiscal_year_end(year)),
        closes_on=fiscal_year_end(year),
    )
    teller.live_through(Chapter(offering, on, 0.62))
    return teller.completed


def tell_since_opening(
    offering: Offering, *, seed: int, at: dt.datetime, finish_rate: float, done: Iterable[str]
) -> list[Enrolment]:
    """What those did who are enrolled now, as if each had been since the opening or their coming.

    The people numbered in ``done`` have finished. Returns what was completed.
    """
    on = timezone.localdate(at)
    _date_back(offering.course, to=_moment(fiscal_year_start(fiscal_year(on) - 2), 9))
    teller = _Teller(offering.course, seed=seed, at=at, done=frozenset(done))
    teller.catch_up(Chapter(offering, on, finish_rate))
    return teller.completed


def issue_certificates(completed: Iterable[Enrolment]) -> None:
    """In the order of completion, so that the serial numbers follow the days."""
    moments = [(e.completed_at, e.pk, e) for e in completed if e.completed_at]
    for at, _pk, enrolment in sorted(moments, key=lambda row: row[:2]):
        if enrolment.offering.course.gives_certificate:
            certificates.issue(enrolment, at=at)


def _opening(year: int, on: dt.date) -> dt.date:
    """1 June, or 1 April while too little of the year has passed since 1 June."""
    june = dt.date(year, 6, 1)
    return june if on >= june + 30 * DAY else fiscal_year_start(year)


def _friday_after(day: dt.date) -> dt.date:
    return day + (4 - day.weekday()) % 7 * DAY


def _moment(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def _date_back(course: CoursePage, *, to: dt.datetime) -> None:
    """The course was written before its first offering, not today."""
    pages = course.get_descendants(inclusive=True)
    pages.update(first_published_at=to, last_published_at=to, latest_revision_created_at=to)
    keys = [str(pk) for pk in pages.values_list("pk", flat=True)]
    questions = [str(pk) for pk in Question.objects.values_list("pk", flat=True)]
    Revision.objects.filter(
        Q(base_content_type__model="page", object_id__in=keys)
        | Q(content_type__app_label="quizzes", object_id__in=questions)
    ).update(created_at=to)


class _Teller:
    def __init__(
        self,
        course: CoursePage,
        *,
        seed: int,
        at: dt.datetime,
        untouched: frozenset[str] = frozenset(),
        done: frozenset[str] = frozenset(),
    ) -> None:
        self.course = course
        self.seed = seed
        self.at = at
        self.untouched = untouched
        self.done = done
        self.steps = learning.live_steps(course)
        self.quizzes = {
            quiz.pk: quiz for quiz in QuizPage.objects.filter(pk__in=[s.pk for s in self.steps])
        }
        self.hr = Person.objects.filter(groups__name=Role.TRAINING_ADMIN).first()
        self.postings: dict[int, list[Posting]] = {}
        posts = Posting.objects.primary().select_related("unit", "employment_type")
        for posting in posts.order_by("starts_on"):
            self.postings.setdefault(posting.person_id, []).append(posting)
        self.leaves: dict[int, list[Leave]] = {}
        for leave in Leave.objects.order_by("starts_on"):
            self.leaves.setdefault(leave.person_id, []).append(leave)
        self.completed: list[Enrolment] = []
        self.papers = _Papers(seed, self.quizzes.values())

    def live_through(self, chapter: Chapter) -> None:
        """Month by month: who comes under the audience, what they do, who is let off."""
        self.papers.left = ATTEMPTS_WITH_ANSWERS
        for day in _months(chapter.offering.opens_on, chapter.until):
            enrolments.sync_enrolments(on=day, at=_moment(day, 2))
            new = [
                enrolment
                for enrolment in Enrolment.objects.filter(offering=chapter.offering)
                .select_related("person", "offering")
                .order_by("pk")
                if enrolment.pk not in chapter.told
            ]
            chapter.told.update(enrolment.pk for enrolment in new)
            self._write(new, chapter)
            self._waive(new, chapter)

    def catch_up(self, chapter: Chapter) -> None:
        """All at once, for an audience that has hardly changed since the opening."""
        self.papers.left = ATTEMPTS_WITH_ANSWERS
        offering = chapter.offering
        new = list(
            Enrolment.objects.filter(offering=offering)
            .select_related("person", "offering")
            .order_by("pk")
        )
        for enrolment in new:
            posting = self._posting(enrolment.person_id, chapter.until)
            came_on = posting.starts_on if posting else chapter.until
            enrolment.assigned_on = max(offering.opens_on, came_on)
            enrolment.due_on = offering.due_for(enrolment.assigned_on)
        Enrolment.objects.bulk_update(new, ["assigned_on", "due_on"], batch_size=ROWS_AT_ONCE)
        self._write(new, chapter)

    # What a person did ---------------------------------------------------------------------------

    def _story(self, enrolment: Enrolment, chapter: Chapter) -> Story | None:
        number = enrolment.person.employee_number
        is_current = chapter.until == timezone.localdate(self.at)
        if is_current and number in self.untouched:
            return None
        chance = random.Random(f"{self.seed}:{chapter.offering.slug}:{number}")
        rate = chapter.finish_rate + self._habit(enrolment, chapter)
        finishes = chance.random() < rate or number in self.untouched | self.done
        day = self._day(enrolment, chapter, chance, is_current=is_current)
        last = chapter.until if not is_current else chapter.until - DAY
        if day is None or not finishes:
            return self._begun(enrolment, chance, last) if chance.random() < 0.4 else None
        end = _moment(day, chance.randint(9, 16), chance.randint(0, 59))
        start = end - dt.timedelta(minutes=chance.randint(25, 70))
        if chance.random() < 0.3:
            start -= chance.randint(1, 6) * DAY
        start = max(start, _moment(enrolment.assigned_on, 8, 30))
        fails = chance.choices((0, 1, 2), (84, 13, 3))[0]
        marks = [chance.randint(40, 75) for _fail in range(fails)]
        marks.append(chance.choices((80, 85, 90, 95, 100), (15, 20, 25, 22, 18))[0])
        return Story(min(start, end), len(self.steps), tuple(marks), end)

    def _habit(self, enrolment: Enrolment, chapter: Chapter) -> float:
        """Sections differ: some always hurry, in others little time is left for learning."""
        posting = self._posting(enrolment.person_id, enrolment.assigned_on)
        section = posting.unit.path[: posting.unit.steplen * 2] if posting else ""
        mood = random.Random(f"{self.seed}:habit:{section}").uniform(-1, 1)
        return mood * (0.06 if chapter.finish_rate > 0.9 else 0.28)

    def _day(
        self, enrolment: Enrolment, chapter: Chapter, chance: random.Random, *, is_current: bool
    ) -> dt.date | None:
        """The working day on which the person finishes; None if they are not at work on it."""
        first, due = enrolment.assigned_on, enrolment.due_on or chapter.until
        last = min(chapter.until - DAY if is_current else chapter.until, max(due, first))
        if not is_current and chance.random() < 0.09:
            # Late.
            first, last = last + DAY, min(last + 60 * DAY, chapter.until)
        if first > last:
            return None
        # More people early and shortly before the end than in between.
        share = chance.betavariate(0.8, 0.9)
        day = first + round((last - first).days * share) * DAY
        if day.weekday() > 4:
            day -= (day.weekday() - 4) * DAY
        day = max(day, first)
        return day if self._at_work(enrolment.person_id, day, chance) else None

    def _at_work(self, person_id: int, day: dt.date, chance: random.Random) -> bool:
        posting = self._posting(person_id, day)
        if posting is None:
            return False
        leaves_on = self.postings[person_id][-1].ends_on
        if leaves_on and leaves_on < day + 120 * DAY and not _is_yearly(posting):
            return chance.random() < 0.4
        for leave in self.leaves.get(person_id, []):
            if leave.starts_on <= day and (leave.ends_on is None or day <= leave.ends_on):
                return False
            # Those who are about to go on leave often let it lie, like those about to go for good.
            if day < leave.starts_on < day + 120 * DAY and chance.random() < 0.6:
                return False
        return True

    def _posting(self, person_id: int, day: dt.date) -> Posting | None:
        for posting in self.postings.get(person_id, []):
            if posting.starts_on <= day and (posting.ends_on is None or day <= posting.ends_on):
                return posting
        return None

    def _begun(self, enrolment: Enrolment, chance: random.Random, last: dt.date) -> Story | None:
        """Some lessons read, perhaps a quiz not passed, and then other work came."""
        days = (last - enrolment.assigned_on).days
        if days < 0 or not self.steps:
            return None
        day = enrolment.assigned_on + chance.randint(days * 2 // 3, days) * DAY
        if not self._at_work(enrolment.person_id, day, chance):
            return None
        done = chance.randint(0, len(self.steps) - 1)
        stuck = done == len(self.steps) - 1 and self.steps[done].pk in self.quizzes
        marks = (chance.randint(45, 75),) if stuck else ()
        return Story(_moment(day, chance.randint(9, 15), chance.randint(0, 59)), done, marks, None)

    # Writing it down -----------------------------------------------------------------------------

    def _write(self, new: Sequence[Enrolment], chapter: Chapter) -> None:
        told = [(enrolment, self._story(enrolment, chapter)) for enrolment in new]
        touched: list[Enrolment] = []
        progress: list[StepProgress] = []
        attempts: list[Attempt] = []
        audit: list[AuditEntry] = []
        for enrolment, story in told:
            if story is None:
                continue
            enrolment.started_at = story.started_at
            touched.append(enrolment)
            moments = self._moments(story)
            sat = list(self._attempts(enrolment, story, moments))
            attempts += sat
            score = sat[-1].score if sat else None
            progress += [
                StepProgress(
                    enrolment=enrolment,
                    page_id=step.pk,
                    revision_id=step.live_revision_id,
                    completed_at=moment,
                    score=score if step.pk in self.quizzes else None,
                )
                for step, moment in zip(self.steps, moments[: story.steps_done], strict=False)
            ]
            if story.completed_at:
                self._complete(enrolment, story.completed_at, score)
                audit.append(_completed(enrolment, at=story.completed_at))
        Enrolment.objects.bulk_update(
            touched,
            ["started_at", "completed_at", "score", "course_revision", "posting"],
            batch_size=ROWS_AT_ONCE,
        )
        StepProgress.objects.bulk_create(progress, batch_size=ROWS_AT_ONCE)
        Attempt.objects.bulk_create(attempts, batch_size=ROWS_AT_ONCE)
        Response.objects.bulk_create(
            [answer for attempt in attempts for answer in self.papers.answers(attempt)],
            batch_size=ROWS_AT_ONCE,
        )
        AuditEntry.objects.bulk_create(audit, batch_size=ROWS_AT_ONCE)

    def _moments(self, story: Story) -> list[dt.datetime]:
        """When each step was completed: evenly between the start and the end."""
        end = story.completed_at or story.started_at + dt.timedelta(minutes=35)
        pause = (end - story.started_at) / max(1, len(self.steps))
        return [story.started_at + pause * number for number in range(1, len(self.steps))] + [end]

    def _attempts(
        self, enrolment: Enrolment, story: Story, moments: Sequence[dt.datetime]
    ) -> Iterator[Attempt]:
        if not story.sittings:
            return
        for step, moment in zip(self.steps, moments, strict=True):
            quiz = self.quizzes.get(step.pk)
            if quiz is None:
                continue
            begun = moments[max(0, self.steps.index(step) - 1)]
            slot = (moment - begun) / len(story.sittings)
            for number, wanted in enumerate(story.sittings, 1):
                passes = story.completed_at is not None and number == len(story.sittings)
                enough = quiz.pass_mark
                mark = max(wanted, enough) if passes else min(wanted, enough - 1)
                handed_in = begun + slot * number
                yield Attempt(
                    enrolment=enrolment,
                    page=quiz,
                    page_revision_id=quiz.live_revision_id,
                    number=number,
                    pass_mark=quiz.pass_mark,
                    started_at=begun + slot * (number - 1),
                    submitted_at=handed_in,
                    score=self.papers.score(quiz, mark),
                )

    def _complete(self, enrolment: Enrolment, at: dt.datetime, score: int | None) -> None:
        enrolment.completed_at = at
        enrolment.score = score
        enrolment.course_revision_id = self.course.live_revision_id
        enrolment.posting = self._posting(enrolment.person_id, timezone.localdate(at))
        enrolment.offering.course = self.course
        self.completed.append(enrolment)

    def _waive(self, new: Sequence[Enrolment], chapter: Chapter) -> None:
        """Leave that begins before somebody is done: HR lets them off until they are back."""
        if self.hr is None:
            return
        for enrolment in new:
            if enrolment.completed_at is not None:
                continue
            for leave in self.leaves.get(enrolment.person_id, []):
                if enrolment.assigned_on <= leave.starts_on <= chapter.until:
                    due_on = enrolment.due_on or chapter.until
                    back_in_time = leave.ends_on is not None and leave.ends_on < due_on
                    enrolments.waive(
                        enrolment,
                        starts_on=leave.starts_on,
                        ends_on=leave.ends_on if back_in_time else None,
                        reason=LEAVE_REASONS[LeaveCode(leave.code)],
                        by=self.hr,
                        at=_moment(leave.starts_on, 10),
                    )


def _is_yearly(posting: Posting) -> bool:
    return posting.employment_type is not None and posting.employment_type.name == YEARLY


def _completed(enrolment: Enrolment, *, at: dt.datetime) -> AuditEntry:
    """The line that ``complete_step`` writes."""
    return AuditEntry(
        at=at,
        actor=enrolment.person,
        action="enrolment.completed",
        subject_person=enrolment.person,
        subject=f"courses.enrolment:{enrolment.pk}",
        detail={"offering": enrolment.offering.slug, "score": enrolment.score},
    )


def _months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The first day, every first of a month after it, and the last day."""
    day = first
    while day < last:
        yield day
        day = (day.replace(day=1) + 32 * DAY).replace(day=1)
    yield last


class _Papers:
    """Answer sheets that fit the scores."""

    def __init__(self, seed: int, quizzes: Iterable[QuizPage]) -> None:
        self.seed = seed
        self.left = 0
        self.questions: dict[int, list[Question]] = {}
        self.drawn: dict[int, int] = {}
        for quiz in quizzes:
            fixed = list(quiz.fixed_questions.values_list("question_id", flat=True))
            draws = {draw.category_id: draw.count for draw in quiz.draws.all()}
            bank = list(
                Question.objects.filter(live=True)
                .filter(Q(pk__in=fixed) | Q(category__in=draws))
                .select_related("live_revision")
                .order_by("pk")
            )
            self.questions[quiz.pk] = bank
            self.drawn[quiz.pk] = min(len(bank), len(fixed) + sum(draws.values()))
        self.versions = {
            question.pk: versions.read(question.live_revision)
            for bank in self.questions.values()
            for question in bank
            if question.live_revision
        }

    def _right(self, quiz: QuizPage, mark: int) -> int:
        """How many right answers come closest to the mark, on the right side of the pass mark."""
        total = self.drawn[quiz.pk]
        right = -(-mark * total // 100)
        if mark < quiz.pass_mark:
            while right and grading.percent(right, total) >= quiz.pass_mark:
                right -= 1
        else:
            while right < total and grading.percent(right, total) < quiz.pass_mark:
                right += 1
        return right

    def score(self, quiz: QuizPage, mark: int) -> int:
        total = self.drawn[quiz.pk]
        return grading.percent(self._right(quiz, mark), total) if total else mark

    def answers(self, attempt: Attempt) -> Iterator[Response]:
        bank, total = self.questions[attempt.page_id], self.drawn[attempt.page_id]
        if not total or self.left <= 0 or attempt.submitted_at is None:
            return
        self.left -= 1
        chance = random.Random(f"{self.seed}:paper:{attempt.enrolment_id}:{attempt.number}")
        asked = chance.sample(bank, total)
        right = self._right(attempt.page, attempt.score or 0)
        # The same questions are hard for everybody.
        hard = sorted(asked, key=lambda q: chance.random() * (1 + q.pk * 7919 % 10), reverse=True)
        wrong = {question.pk for question in hard[: total - right]}
        for position, question in enumerate(asked, 1):
            version = self.versions[question.pk]
            order = [choice.uid for choice in version.choices]
            if version.kind != QuestionKind.TRUE_FALSE:
                chance.shuffle(order)
            good = [uid for uid in order if uid in version.right_uids]
            bad = [uid for uid in order if uid not in version.right_uids]
            chosen = good
            if question.pk in wrong:
                chosen = [chance.choice(bad)] if bad else good[1:]
            yield Response(
                attempt=attempt,
                position=position,
                question=question,
                version=question.live_revision,
                choice_order=order,
                chosen=chosen,
                sequence=1,
                answered_at=attempt.started_at
                + (attempt.submitted_at - attempt.started_at) * position / (total + 1),
                is_correct=grading.is_correct(version, chosen),
            )
