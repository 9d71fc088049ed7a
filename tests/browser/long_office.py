"""An office in which everything is as long as the product takes it, to be looked at in Chromium.

Names without a break, five levels of units, lists of a hundred rows and more, and the largest text.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from courses.domain import certificates
from courses.enums import ReleaseKind
from courses.models import Enrolment, LessonPage, Offering, Release, StepProgress
from lms.home.models import Notice
from lms.people.enums import Role, TextSize
from lms.people.models import Person, Unit
from quizzes.domain import attempts
from quizzes.models import QuizPage
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
)
from tests.factories.people import (
    AppointmentFactory,
    LeaveFactory,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)
from tests.factories.quizzes import make_question, make_quiz, right_answer

STAFF = 110
NAME = "勘解由小路" * 10
KANA = "カデノコウジ" * 10
UNIT = "市民生活環境経済産業振興推進本部事務局企画調整総括担当課" * 2
TITLE = "特定個人情報保護評価及び情報セキュリティポリシー実践研修" * 4
SENTENCE = (
    "個人番号利用事務等実施者及び委託先における特定個人情報の適正な取扱いに関する留意事項について"
    * 3
)
WORD = "https://example.invalid/" + "a1b2c3" * 20
BODY = [
    ("heading", "特定個人情報の適正な取扱いに関する留意事項及び安全管理措置" * 3),
    ("text", f"<p>{SENTENCE}</p><p>{WORD}</p><ul><li>{SENTENCE}</li></ul>"),
    ("heading", "委託"),
    ("callout", {"kind": "caution", "title": TITLE[:100], "text": f"<p>{SENTENCE}</p>"}),
    (
        "table",
        {
            "data": [["区分"] * 8, [SENTENCE[:30]] * 8, ["1,234,567"] * 8],
            "first_row_is_table_header": True,
            "table_caption": TITLE[:60],
        },
    ),
    ("accordion", {"items": [{"title": TITLE[:150], "text": f"<p>{WORD}</p>"}]}),
    ("code", {"title": TITLE[:100], "code": WORD * 3}),
    ("quote", {"text": SENTENCE, "source": TITLE}),
    (
        "steps_list",
        {"title": TITLE[:100], "steps": [{"title": TITLE[:100], "text": f"<p>{WORD}</p>"}]},
    ),
    (
        "self_check",
        {
            "question": SENTENCE,
            "choices": [{"text": TITLE[:150], "is_right": True, "feedback": SENTENCE}],
        },
    ),
]


@dataclass
class LongOffice:
    learner: Person
    head: Person
    hr: Person
    newcomer: Person  # to whom nothing is assigned
    units: list[Unit]
    offering: Offering
    enrolment: Enrolment
    lesson: LessonPage
    quiz: QuizPage
    addresses: dict[str, str]

    def client(self, person: Person | None) -> Client:
        client = Client(raise_request_exception=False)
        if person:
            client.force_login(person)
        return client


def _staff(units: list[Unit], offering: Offering, *, at: dt.datetime) -> None:
    """So many that lists have pages, in every state, under every unit."""
    for number in range(STAFF):
        person = PersonFactory.create(name=f"𠮷{number:03}" + NAME[:46], name_kana=KANA[:50])
        PostingFactory.create(person=person, unit=units[number % len(units)])
        facts = {"completed_at": at} if number % 5 == 0 else {}
        started = {"started_at": at} if number % 5 < 3 else {}
        enrolment = EnrolmentFactory.create(person=person, offering=offering, **started, **facts)
        if number % 7 == 1:
            Release.objects.create(
                enrolment=enrolment,
                kind=ReleaseKind.WAIVER,
                starts_on=at.date(),
                reason="長期研修",
                decided_at=at,
            )


def _done(person: Person, *, at: dt.datetime) -> str:
    """Seven completed courses; the address of a certificate."""
    for number in range(7):
        enrolment = EnrolmentFactory.create(
            person=person,
            offering__course=make_course(TITLE + str(number), f"done-{number}"),
            started_at=at,
            completed_at=at,
        )
        certificate = certificates.issue(enrolment, at=at)
    return reverse("certificate", args=[certificate.code])


def _build() -> LongOffice:
    at = timezone.now()
    units = [make_unit(UNIT + "一")]
    for level in "二三四五":
        units.append(make_unit(UNIT + level, units[-1]))
    largest = {"text_size": TextSize.LARGEST}
    learner = PersonFactory.create(name=NAME, name_kana=KANA, email="a" * 60 + "@x.jp", **largest)
    head = PersonFactory.create(name="𠮷" + NAME[:49], name_kana=KANA, **largest)
    hr = PersonFactory.create(name=NAME[:49] + "人", roles=[Role.TRAINING_ADMIN], **largest)
    long_post = PositionFactory.create(name="会計年度任用職員（特定業務等従事者）" * 3)
    chief = PositionFactory.create(name="総括担当課長補佐兼係長事務取扱" * 3, heads_unit=True)
    PostingFactory.create(person=learner, unit=units[-1], position=long_post)
    PostingFactory.create(person=head, unit=units[1], position=chief)
    PostingFactory.create(person=hr, unit=make_unit("人財課"))
    AppointmentFactory.create(person=learner, unit=units[-1])
    LeaveFactory.create(person=learner, starts_on=dt.date(2030, 1, 1))

    course = make_course(TITLE, "long", intro=f"<p>{SENTENCE}</p>")
    course.summary = SENTENCE
    course.save_revision().publish()
    lesson = make_lesson(course, TITLE, "lesson", body=BODY)
    questions = [
        make_question(SENTENCE, right=(SENTENCE,), wrong=(WORD,)),
        make_question("二つ選びます。", kind="multiple", right=("一", TITLE), wrong=("三",)),
    ]
    quiz = make_quiz(course, questions, title=TITLE, slug="quiz")
    offering = OfferingFactory.create(course=course, slug="long-" + "x" * 70)
    enrolment = EnrolmentFactory.create(person=learner, offering=offering)
    _staff(units[1:], offering, at=at)
    certificate = _done(learner, at=at)
    OfferingFactory.create(
        course=make_course(TITLE, "voluntary"),
        audience=AudienceFactory.create(name="だれでも"),
        is_mandatory=False,
        closes_on=dt.date(2027, 3, 31),
    )
    for number in range(105):
        Notice.objects.create(
            title=f"{number:03}" + TITLE[:97],
            body=f"<p>{SENTENCE}</p><p>{WORD}</p>",
            starts_on=at.date(),
            is_important=number % 2 == 0,
        )
    StepProgress.objects.create(
        enrolment=enrolment, page=lesson, revision=lesson.live_revision, completed_at=at
    )
    revision = quiz.live_revision
    rng = random.SystemRandom()
    handed_in = attempts.start(enrolment, quiz, revision=revision, rng=rng, at=at)
    first = handed_in.responses.first()
    assert first
    attempts.save_answer(first, chosen=right_answer(first), sequence=1, at=at)
    attempts.submit(handed_in, at=at)
    running = attempts.start(enrolment, quiz, revision=revision, rng=rng, at=at)
    addresses = {
        "certificate": certificate,
        "attempt": reverse("attempt", args=[running.pk]),
        "review": reverse("attempt_review", args=[running.pk]),
        "result": reverse("attempt_result", args=[handed_in.pk]),
        "notice": reverse("notice", args=[Notice.objects.latest("pk").pk]),
        "report": reverse("completion_report") + f"?offering={offering.slug}",
    }
    newcomer = PersonFactory.create()
    return LongOffice(
        learner, head, hr, newcomer, units, offering, enrolment, lesson, quiz, addresses
    )


@pytest.fixture(scope="module")
def office_built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LongOffice]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield _build()
        transaction.set_rollback(True)


@pytest.fixture
def office(office_built: LongOffice, db: None) -> LongOffice:
    """Built once for a module; what a test changes is undone."""
    return office_built
