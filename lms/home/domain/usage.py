"""How a course is used, in numbers for its authors: never a name, never a group of a few people."""

from dataclasses import dataclass

from django.db.models import Count, Q

from courses.domain.learning import live_steps
from courses.models import CoursePage, Enrolment, Offering, StepPage, StepProgress
from quizzes.models import Question, Response

# Groups smaller than this are told as "fewer than", so that nobody can be made out.
FEWEST_PEOPLE = 5


@dataclass(frozen=True)
class OfferingUse:
    offering: Offering
    begun: int
    completed: int


@dataclass(frozen=True)
class StepUse:
    """``stopped``: have begun the course, and this is the first step that they lack."""

    page: StepPage
    completed: int
    stopped: int


@dataclass(frozen=True)
class QuestionUse:
    """People who were asked, and those of them who have been right at least once."""

    question: Question
    asked: int
    right: int

    @property
    def is_hard(self) -> bool:
        return self.right * 2 < self.asked


@dataclass(frozen=True)
class Usage:
    offerings: list[OfferingUse]
    steps: list[StepUse]
    questions: list[QuestionUse]


def usage(course: CoursePage) -> Usage:
    """Six queries, however many people there are."""
    offerings = (
        course.offerings.order_by("-fiscal_year", "slug")
        .annotate(
            begun=Count("enrolments", filter=Q(enrolments__started_at__isnull=False)),
            completed=Count("enrolments", filter=Q(enrolments__completed_at__isnull=False)),
        )
        .select_related("course")
    )
    return Usage(
        offerings=[OfferingUse(one, one.begun, one.completed) for one in offerings],
        steps=_steps(course),
        questions=_questions(course),
    )


def _steps(course: CoursePage) -> list[StepUse]:
    pages = live_steps(course)
    done: dict[int, set[int]] = {page.pk: set() for page in pages}
    of_course = StepProgress.objects.filter(enrolment__offering__course=course)
    for page_id, enrolment_id in of_course.values_list("page_id", "enrolment_id"):
        if page_id in done:
            done[page_id].add(enrolment_id)
    under_way = set(
        Enrolment.objects.filter(
            offering__course=course, started_at__isnull=False, completed_at=None
        ).values_list("pk", flat=True)
    )
    steps = []
    for page in pages:
        stopped = under_way - done[page.pk]
        under_way -= stopped
        steps.append(StepUse(page, len(done[page.pk]), len(stopped)))
    return steps


def _questions(course: CoursePage) -> list[QuestionUse]:
    """Those asked of enough people, the hardest first."""
    counts = (
        Response.objects.filter(
            attempt__enrolment__offering__course=course, attempt__submitted_at__isnull=False
        )
        .order_by()
        .values("question")
        .annotate(
            asked=Count("attempt__enrolment", distinct=True),
            right=Count("attempt__enrolment", distinct=True, filter=Q(is_correct=True)),
        )
        .filter(asked__gte=FEWEST_PEOPLE)
    )
    found = {row["question"]: row for row in counts}
    uses = [
        QuestionUse(question, found[question.pk]["asked"], found[question.pk]["right"])
        for question in Question.objects.filter(pk__in=found)
    ]
    return sorted(uses, key=lambda use: (use.right / use.asked, use.question.pk))
