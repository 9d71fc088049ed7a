"""One database's part of the bench; see tests.bench.__main__."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from courses.domain import completion
from courses.models import CoursePage, Enrolment, LessonPage, StepPage
from lms.core.calendar import fiscal_year, today
from lms.people.models import Person
from quizzes.domain import attempts, versions
from quizzes.models import QuizPage, Response
from tests.bench.bare.models import BarePage

PEOPLE = os.environ.get("BENCH_PEOPLE", "2000")
OFFERINGS = os.environ.get("BENCH_OFFERINGS", "30")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "60"))
WARM_UP = 3
HR = "100003"
BARE = "bare Wagtail page"
Ask = Callable[[], HttpResponse]


@dataclass
class Measured:
    seconds: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds) * 1000

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000


class Scene:
    """The course for everybody, its learners who are not done, and the clients that ask."""

    def __init__(self) -> None:
        self.on = today()
        self.course = CoursePage.objects.get(slug="security")
        self.offering = f"security-{fiscal_year(self.on)}"
        self.lesson = LessonPage.objects.child_of(self.course).live().order_by("path").first()
        self.quiz = QuizPage.objects.child_of(self.course).live().get()
        # Of the demo's clock: what is not done is due, and open.
        self.learners: Iterator[Enrolment] = iter(
            Enrolment.objects.filter(offering__slug=self.offering)
            .to_do(on=self.on)
            .filter(started_at=None)
            .select_related("person", "offering__course")
            .order_by("pk")
        )
        self.hr = signed_in(Person.objects.get(employee_number=HR))
        self.bare = bare_page(len(self.lesson.body.render_as_block()))

    def learner_before_the_quiz(self) -> tuple[Client, Enrolment]:
        enrolment = next(self.learners)
        for step in StepPage.objects.child_of(self.course).live().order_by("path"):
            if step.pk != self.quiz.pk:
                completion.complete_step(enrolment, step, revision=None, at=timezone.now())
        return signed_in(enrolment.person), enrolment


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def bare_page(characters: int) -> BarePage:
    sentence = "<p>情報は、市民のものです。</p>"
    page = BarePage(title="素のページ", slug="bare", body=sentence * (characters // len(sentence)))
    Site.objects.get(is_default_site=True).root_page.add_child(instance=page)
    return page


@contextmanager
def bare_client(person: Person) -> Iterator[Client]:
    """Its handler takes the middleware of the moment when it is first asked."""
    with override_settings(MIDDLEWARE=settings.BARE_MIDDLEWARE):
        client = signed_in(person)
        client.get("/healthz")
    yield client


def one_round(scene: Scene, bare: Client, number: int) -> Iterator[tuple[str, Ask]]:
    client, enrolment = scene.learner_before_the_quiz()
    yield BARE, lambda: bare.get(scene.bare.url)
    yield "my page", lambda: client.get("/")
    yield "list of courses", lambda: client.get(scene.course.get_parent().url)
    yield "course page", lambda: client.get(scene.course.url)
    yield "lesson page", lambda: client.get(scene.lesson.url)
    yield "search", lambda: client.get("/search/", {"q": "パスワード"})
    attempt = attempts.start(
        enrolment,
        scene.quiz,
        revision=scene.quiz.live_revision,
        rng=random.Random(number),  # noqa: S311 - no secret
        at=timezone.now(),
    )
    yield "quiz questions", lambda: client.get(reverse("attempt", args=[attempt.pk]))
    first, *others = attempt.responses.select_related("version").order_by("position")
    address = reverse("answer", args=[attempt.pk, first.position])
    given = {"chosen": right(first), "sequence": 1}
    yield "save an answer", lambda: client.post(address, given)
    for response in others:
        attempts.save_answer(response, chosen=right(response), sequence=1, at=timezone.now())
    hand_in = reverse("attempt_submit", args=[attempt.pk])
    yield "hand in (course completed)", lambda: client.post(hand_in)
    report = f"{reverse('completion_report')}?offering={scene.offering}"
    yield "completion report", lambda: scene.hr.get(report)


def right(response: Response) -> list[str]:
    return list(versions.read(response.version).right_uids)


def run(scene: Scene) -> dict[str, Measured]:
    found: dict[str, Measured] = {}
    with bare_client(Person.objects.get(employee_number=HR)) as bare:
        for number in range(WARM_UP + ROUNDS):
            for name, ask in one_round(scene, bare, number):
                measured = found.setdefault(name, Measured())
                if number < WARM_UP:
                    with CaptureQueriesContext(connection) as queries:
                        answer = ask()
                    measured.queries, measured.size = len(queries), len(answer.content)
                else:
                    began = time.perf_counter()
                    answer = ask()
                    measured.seconds.append(time.perf_counter() - began)
                if answer.status_code not in (200, 302):
                    raise CommandError(f"{name}: {answer.status_code}")
    return found


def table(found: dict[str, Measured]) -> str:
    yardstick = found[BARE].median
    lines = [f"{'':28}{'median':>10}{'p95':>10}{'queries':>9}{'KB':>7}{'x bare':>8}"]
    lines += [
        f"{name:28}{one.median:7.1f} ms{one.p95:7.1f} ms{one.queries:9}"
        f"{one.size / 1024:7.1f}{one.median / yardstick:8.1f}"
        for name, one in found.items()
    ]
    return "\n".join(lines)


class Command(BaseCommand):
    help = "Make scale data in an empty database and measure the pages of every day on it."

    def handle(self, **_options: Any) -> None:
        call_command("migrate", verbosity=0)
        version = ".".join(map(str, connection.get_database_version()))
        self.stdout.write(f"\n{connection.display_name} {version}")
        call_command("scale_data", people=int(PEOPLE), offerings=int(OFFERINGS), stdout=self.stdout)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        self.stdout.write(table(run(Scene())))
