"""What waits for HR and for authors, told on the first page of the admin. Reading only."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, F, Max, Q, QuerySet
from wagtail.models import Page, PageLogEntry

from courses.enums import Status
from courses.models import CoursePage, Enrolment, Offering, StepPage
from lms.people.models import Person, RosterImport
from quizzes.models import Question, QuizPage

OFFERINGS_SHOWN = 10
PAGES_SHOWN = 8
QUESTIONS_SHOWN = 5
Row = TypeVar("Row")
TO_DO = Q(status__in=[Status.NOT_STARTED, Status.IN_PROGRESS])


@dataclass(frozen=True)
class OfferingCounts:
    """Without whom it does not oblige: waived and withdrawn people are in no number."""

    offering: Offering
    done: int
    total: int
    late: int


@dataclass(frozen=True)
class HrDesk:
    offerings: list[OfferingCounts]
    offerings_open: int
    last_import: RosterImport | None
    without_password: int


@dataclass(frozen=True)
class PageLine:
    """A page, the course that it stands in, and who changed it last."""

    page: Page
    course: str
    editor: str
    at: dt.datetime | None


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """The first of many, and how many there are."""

    rows: list[Row]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class AuthorDesk:
    mine: Listed[PageLine]
    others: Listed[PageLine]
    recent: list[PageLine]
    questions: Listed[Question]
    without_quiz: Listed[CoursePage]


def hr_desk(*, on: dt.date) -> HrDesk:
    """Six queries, however much there is."""
    running = Offering.objects.open(on=on).select_related("course")
    shown = list(
        running.order_by(F("due_on").asc(nulls_last=True), "course__title")[:OFFERINGS_SHOWN]
    )
    counts = {
        row["offering"]: row
        for row in Enrolment.objects.filter(offering__in=shown)
        .assigned(on=on)
        .with_status(on=on)
        .order_by()
        .values("offering")
        .annotate(
            done=Count("pk", filter=Q(status=Status.COMPLETED)),
            to_do=Count("pk", filter=TO_DO),
            late=Count("pk", filter=TO_DO & Q(due_on__lt=on)),
        )
    }
    nobody = {"done": 0, "to_do": 0, "late": 0}
    return HrDesk(
        offerings=[
            OfferingCounts(offering, row["done"], row["done"] + row["to_do"], row["late"])
            for offering in shown
            for row in [counts.get(offering.pk, nobody)]
        ],
        offerings_open=running.count(),
        last_import=RosterImport.objects.exclude(applied_at=None)
        .defer("summary")
        .order_by("-applied_at")
        .first(),
        without_password=Person.objects.without_password().count(),
    )


def _content() -> QuerySet[Any]:
    """Courses and what stands below them, whatever kind."""
    return Page.objects.filter(
        Q(pk__in=CoursePage.objects.values("pk")) | Q(pk__in=StepPage.objects.values("pk"))
    )


def author_desk(person: Person) -> AuthorDesk:
    """A fixed number of queries, however much there is."""
    drafts = _content().filter(has_unpublished_changes=True).order_by("-latest_revision_created_at")
    own = Q(latest_revision__user=person)
    counted = drafts.order_by().aggregate(
        mine=Count("pk", filter=own), others=Count("pk", filter=~own)
    )
    mine = list(drafts.filter(own).select_related("latest_revision__user")[:PAGES_SHOWN])
    others = list(drafts.exclude(own).select_related("latest_revision__user")[:PAGES_SHOWN])
    edits = list(
        PageLogEntry.objects.filter(user=person, action="wagtail.edit", page__in=_content())
        .order_by()
        .values("page")
        .annotate(last=Max("timestamp"))
        .order_by("-last")[:PAGES_SHOWN]
    )
    edited = Page.objects.select_related("latest_revision__user").in_bulk(
        [edit["page"] for edit in edits]
    )
    courses = list(CoursePage.objects.order_by("title").only("title", "draft_title", "path"))
    titles = {course.path: course.draft_title or course.title for course in courses}

    def line(page: Page, at: dt.datetime | None = None) -> PageLine:
        revision = page.latest_revision
        return PageLine(
            page=page,
            course=titles.get(page.path[: -page.steplen], ""),
            editor=revision.user.name if revision and revision.user else "",
            at=at or page.latest_revision_created_at,
        )

    questions = (
        Question.objects.filter(Q(live=False) | Q(has_unpublished_changes=True))
        .select_related("category")
        .order_by("-pk")
    )
    quizzes = {path[: -Page.steplen] for path in QuizPage.objects.values_list("path", flat=True)}
    without = [course for course in courses if course.path not in quizzes]
    return AuthorDesk(
        mine=Listed([line(page) for page in mine], counted["mine"]),
        others=Listed([line(page) for page in others], counted["others"]),
        recent=[line(edited[edit["page"]], edit["last"]) for edit in edits],
        questions=Listed(list(questions[:QUESTIONS_SHOWN]), questions.count()),
        without_quiz=Listed(without[:PAGES_SHOWN], len(without)),
    )
