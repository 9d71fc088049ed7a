"""Who may ask for what: one table of role x URL x method.

Every address of ours stands in it, those of the admin that we register too: an unlisted one fails.
Each column is a role, in this order:

    a anonymous   e employee   h section head   l Network Leader   p HR (people)   d dx office
    w author      v advisor    u auditor        c committee        s administrator

and each sign what the server answers:

    +  the page, or the form again because nothing was filled in
    >  done, and on to another page (or stay: 204)
    =  sign in first
    !  refused with a message, on the way back to the home of the admin (Wagtail's 403)
    *  not asked: Wagtail's own editor takes no form but its own
    -  403     .  404     m  405, this method is never used here     ?  400     x  401     g  410

What belongs to somebody belongs to the employee of column e, who is in the section of h and l.
"""

import datetime as dt
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from wagtail import hooks
from wagtail.admin.viewsets import viewsets
from wagtail.documents.models import Document

from courses.domain import certificates
from courses.enums import ReleaseKind
from courses.models import Release, StepProgress
from lms.core.models import Job
from lms.home.models import Notice
from lms.people.enums import Role
from lms.people.models import Person, RosterImport
from quizzes.domain import attempts
from tests.factories.courses import (
    AudienceFactory,
    EnrolmentFactory,
    OfferingFactory,
    make_course,
    make_lesson,
    make_recording,
    shown,
)
from tests.factories.people import (
    AppointmentFactory,
    EmploymentTypeFactory,
    LeaveFactory,
    PersonFactory,
    PositionFactory,
    PostingFactory,
    make_unit,
)
from tests.factories.quizzes import make_question, make_quiz

ROLES = {
    "a": "anonymous",
    "e": "employee",
    "h": "head",
    "l": "leader",
    "p": "HR",
    "d": "dx office",
    "w": "author",
    "v": "advisor",
    "u": "auditor",
    "c": "committee",
    "s": "administrator",
}
GROUPS = {
    "p": Role.TRAINING_ADMIN,
    "d": Role.DX_OFFICE,
    "w": Role.AUTHOR,
    "v": Role.ADVISOR,
    "u": Role.AUDITOR,
    "c": Role.COMMITTEE,
}

# What is asked, about which thing of the scene ("own": one of its own kind), and the answers to GET
# and to POST without data. Names with the same answers share a line.
TABLE = """
# name                                                  thing       aehlpdwvucs aehlpdwvucs

# For everybody
account                                                 -           =++++++++++ =++++++++++
account_data                                            -           =++++++++++ =mmmmmmmmmm
account_record                                          -           =++++++++++ =mmmmmmmmmm
text_size                                               -           =mmmmmmmmmm =??????????
certificate_verify                                      -           +++++++++++ mmmmmmmmmmm
healthz                                                 -           +++++++++++ mmmmmmmmmmm
home                                                    -           =++++++++++ mmmmmmmmmmm
language                                                -           >>>>>>>>>>> >>>>>>>>>>>
login                                                   -           +>>>>>>>>>> +>>>>>>>>>>
logout                                                  -           mmmmmmmmmmm >>>>>>>>>>>
password                                                -           =++++++++++ =++++++++++
readyz                                                  -           +++++++++++ mmmmmmmmmmm
notices                                                 -           =++++++++++ =mmmmmmmmmm
notices_read_all                                        -           =mmmmmmmmmm =>>>>>>>>>>
notice                                                  notice      =++++++++++ =mmmmmmmmmm
notice_read                                             notice      =mmmmmmmmmm =>>>>>>>>>>
search                                                  -           =++++++++++ =mmmmmmmmmm
setup                                                   token       ggggggggggg ggggggggggg

# Learning: what is somebody's own is nobody else's
answer                                                  answer      mmmmmmmmmmm x?.........
attempt                                                 attempt     =+......... =>.........
attempt_result                                          attempt     =>......... =mmmmmmmmmm
attempt_review                                          attempt     =+......... =mmmmmmmmmm
attempt_submit                                          attempt     =mmmmmmmmmm =>.........
certificate                                             code        +++++++++++ mmmmmmmmmmm
certificate_pdf                                         code        =+..+.....+ mmmmmmmmmmm
certificates                                            -           =++++++++++ mmmmmmmmmmm
learn_start                                             enrolment   =mmmmmmmmmm =>.........
lesson_complete                                         lesson      =mmmmmmmmmm =>.........
lesson_place                                            lesson      =mmmmmmmmmm =>.........
recording                                               recording   =+..+++.+.+ =mmmmmmmmmm
recording_captions                                      recording   =+..+++.+.+ =mmmmmmmmmm
viewing                                                 viewing     =mmmmmmmmmm =?.........
media                                                   picture     =++++++++++ =mmmmmmmmmm
offering_enrol                                          voluntary   =mmmmmmmmmm =>.........
quiz_start                                              quiz        =mmmmmmmmmm =>..>>>.>.>
certificate                                             no-code     ........... mmmmmmmmmmm
media                                                   roster-file =.......... =mmmmmmmmmm
wagtaildocs_serve                                       document    =++++++++++ =++++++++++
/courses/                                               -           =++++++++++ =++++++++++
/courses/security/                                      -           =+..+++.+.+ =+..+++.+.+
/courses/security/lesson-1/                             -           =+..+++.+.+ =+..+++.+.+
/courses/security/quiz-2/                               -           =+..+++.+.+ =m..mmm.m.m
/courses/draft/                                         -           ........... ...........

# Reports
completion_report                                       -           =-+-+---+-+ =mmmmmmmmmm
reports                                                 -           =-+-+---+-+ =mmmmmmmmmm

# Staff, for HR; the auditor looks on
people_passwords                                        -           ====+!!=!=+ ====+!!=!=+
people_roster                                           roster      ====+!!=+=+ ====+!!=+=+
people_roster_apply                                     roster      ====mmm=m=m ====>!!=!=>
people_rosters                                          -           ====+!!=+=+ ====+!!=!=+
appointment|employment_type|leave|person:edit           own         ====+!!=!=+ ====+!!=!=+
position|posting|unit:edit                              own         ====+!!=!=+ ====+!!=!=+
appointment:history|history_results|usage               own         ====+!!=!=+ ====m!!=!=m
employment_type:history|history_results|usage           own         ====+!!=!=+ ====m!!=!=m
leave|person:history|history_results|usage              own         ====+!!=!=+ ====m!!=!=m
position|posting|unit:history|history_results|usage     own         ====+!!=!=+ ====m!!=!=m
appointment|leave|posting:delete                        own         ====+!!=!=+ ====>!!=!=>
appointment|employment_type:index|index_results         -           ====+!!=+=+ ====m!!=m=m
leave|person:index|index_results                        -           ====+!!=+=+ ====m!!=m=m
position|posting|unit:index|index_results               -           ====+!!=+=+ ====m!!=m=m
appointment|leave|posting:add                           -           ====.!!=!=. ====.!!=!=.
employment_type|person|position|unit:add                -           ====+!!=!=+ ====+!!=!=+
employment_type|position|unit:delete                    own         ====!!!=!=+ ====!!!=!=+
person:inspect                                          own         ====+!!=+=+ ====m!!=m=m
person:delete                                           own         ====!!!=!=! ====!!!=!=!

# Training, for HR
offering_enrolment                                      enrolment   ====+!!=!=+ ====mmm=m=m
offering_enrolments                                     offering    ====+!!=!=+ ====mmm=m=m
offering_release                                        offering    ====mmm=m=m ====+!!=!=+
release_end                                             release     ====mmm=m=m ====>!!=!=>
audience|offering:edit                                  own         ====+!!=!=+ ====+!!=!=+
audience|offering:history|history_results|usage         own         ====+!!=!=+ ====m!!=!=m
offering:copy                                           own         ====+!!=!=+ ====+!!=!=+
audience|offering:delete                                own         ====+!!=!=+ ====>!!=!=>
audience|offering:add                                   -           ====+!!=!=+ ====+!!=!=+
audience|offering:index|index_results                   -           ====+!!=!=+ ====m!!=!=m
certificate:index|index_results                         -           ====+!!=+=+ ====m!!=m=m
certificate:add                                         -           ====!!!=!=! ====!!!=!=!
certificate:delete|edit|history|history_results|usage   own         ====!!!=!=! ====!!!=!=!
certificate:inspect                                     own         ====+!!=+=+ ====m!!=m=m

# The question bank, for authors and the digital strategy section
choose-category:choose|choose_results|chosen_multiple   -           ====!++=!=+ ====!mm=!=m
choose-question:choose|choose_results|chosen_multiple   -           ====!++=!=+ ====!mm=!=m
choose-category|choose-question:chosen                  own         ====!++=!=+ ====!mm=!=m
choose-category|choose-question:create                  -           ====!!!=!=! ====!!!=!=!
question:add|preview_on_add                             -           ====!++=!=+ ====!++=!=+
question:copy|edit|preview_on_edit                      own         ====!++=!=+ ====!++=!=+
question:delete                                         own         ====!>>=!=> ====!>>=!=>
question:revisions_compare                              versions    ====!++=!=+ ====!mm=!=m
question:revisions_revert                               version     ====!++=!=+ ====!++=!=+
question:revisions_unschedule                           version     ====!++=!=+ ====!>>=!=>
question:revisions_view                                 version     ====!++=!=+ ====!mm=!=m
question:unpublish                                      own         ====!++=!=+ ====!>>=!=>
category|question:history|history_results|usage         own         ====!++=!=+ ====!mm=!=m
category|question:list|list_results                     -           ====!++=!=+ ====!mm=!=m
category:add                                            -           ====!++=!=+ ====!++=!=+
category:delete                                         own         ====!++=!=+ ====!!!=!=!
category:edit                                           own         ====!++=!=+ ====!++=!=+

# Videos and audio, for the same
recording:list|list_results                             -           ====!++=!=+ ====!mm=!=m
recording:add                                           -           ====!++=!=+ ====!++=!=+
recording:edit                                          own         ====!++=!=+ ====!++=!=+
recording:delete                                        own         ====!>>=!=> ====!>>=!=>
recording:history|history_results|usage                 own         ====!++=!=+ ====!mm=!=m
choose-recording:choose|choose_results|chosen_multiple  -           ====!++=!=+ ====!mm=!=m
choose-recording:chosen                                 own         ====!++=!=+ ====!mm=!=m
choose-recording:create                                 -           ====!!!=!=! ====!!!=!=!

# Accounts, and what Wagtail brings
admin_help                                              -           ====+++=+=+ ====mmm=m=m
notice:index|index_results                              -           ====++!=!=+ ====mm!=!=m
notice:add                                              -           ====++!=!=+ ====++!=!=+
notice:edit                                             own         ====++!=!=+ ====++!=!=+
notice:history|history_results|usage                    own         ====++!=!=+ ====mm!=!=m
notice:delete                                           own         ====++!=!=+ ====>>!=!=>
components                                              -           =---+++-+-+ mmmmmmmmmmm
course_check                                            course-page ====!++=!=+ ====mmm=m=m
course_usage                                            course-page ====!++=!=+ ====mmm=m=m
wagtailadmin_home                                       -           ====+++=+=+ ====mmm=m=m
wagtailadmin_explore                                    course-page ====!++=!=+ ====!mm=!=m
wagtailadmin_pages:edit                                 lesson-page ====!++=!=+ *
wagtailadmin_pages:view_draft                           lesson-page ====!++=!=+ ====!++=!=+
wagtailadmin_pages:delete                               lesson-page ====!>!=!=> ====!>!=!=>
wagtailadmin_pages:history                              lesson-page ====!++=!=+ ====!mm=!=m
wagtailadmin_reports:site_history                       -           ====+++=+=+ ====mmm=m=m
wagtailadmin_reports:aging_pages                        -           ====!++=!=+ ====!mm=!=m
wagtailadmin_collections|wagtailadmin_workflows:index   -           ====!!!=!=+ ====!!!=!=m
wagtailsites|wagtailusers_groups:index                  -           ====!!!=!=+ ====!!!=!=m
wagtaildocs|wagtailimages:index                         -           ====!++=!=+ ====!mm=!=m
user:add                                                -           ====!!!=!=+ ====!!!=!=+
user:delete                                             own         ====!!!=!=+ ====!!!=!=>
user:edit                                               own         ====!!!=!=+ ====!!!=!=+
user:history|history_results|usage                      own         ====!!!=!=+ ====!!!=!=m
user:index|index_results                                -           ====!!!=!=+ ====!!!=!=m
"""

# How the table calls the longest namespaces.
NAMESPACES = {
    "question": "wagtailsnippets_quizzes_question",
    "category": "wagtailsnippets_quizzes_questioncategory",
    "choose-question": "wagtailsnippetchoosers_quizzes_question",
    "choose-category": "wagtailsnippetchoosers_quizzes_questioncategory",
    "recording": "wagtailsnippets_courses_recording",
    "choose-recording": "wagtailsnippetchoosers_courses_recording",
    "user": "wagtailusers_users",
}
OURS = ("courses", "ideas", "lms", "network_leaders", "quizzes")
# A GET may note who read what and keep the session; Wagtail notes who has an editor open, and that
# its author wants to hear of comments.
NOTES = {
    "core_auditentry",
    "core_auditentry_people_shown",
    "django_session",
    "wagtailadmin_editingsession",
    "wagtailcore_pagesubscription",
}
WRITING = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    name: str
    thing: str
    on_get: str
    on_post: str

    def __str__(self) -> str:
        return self.name if self.thing in ("-", "own") else f"{self.name} {self.thing}"


def _rows(table: str) -> Iterator[Row]:
    """One for each name: `unit|leave:edit|usage` are four of them."""
    for line in table.strip().splitlines():
        if not line or line.startswith("#"):
            continue
        names, *rest = line.split()
        spaces, _, views = names.rpartition(":")
        for short in spaces.split("|"):
            space = NAMESPACES.get(short, short)
            for view in views.split("|"):
                yield Row(f"{space}:{view}" if space else view, *rest)


ROWS = list(_rows(TABLE))


@dataclass
class Scene:
    things: dict[str, tuple[Any, ...]]
    cookies: dict[str, SimpleCookie]

    def address(self, row: Row) -> str:
        if row.name.startswith("/"):
            return row.name
        thing = row.name.split(":")[0] if row.thing == "own" else row.thing
        return reverse(row.name, args=self.things[thing])

    def client(self, role: str, **how: Any) -> Client:
        client = Client(raise_request_exception=False, **how)
        client.cookies = SimpleCookie(self.cookies[role].output(header="", sep=";"))
        return client

    def ask(self, row: Row, method: str) -> str:
        """What the server answers each role, as signs."""
        signs = []
        for role in ROLES:
            with transaction.atomic():
                answer = getattr(self.client(role), method)(self.address(row))
                if answer.streaming:
                    list(answer)  # read to its end, the file is closed
                signs.append(sign(answer))
                transaction.set_rollback(True)
        return "".join(signs)


def sign(answer: HttpResponse) -> str:
    if answer.status_code in (301, 302):
        target = answer["Location"]
        if target.startswith(settings.WAGTAIL_FRONTEND_LOGIN_URL + "?"):
            return "="
        return "!" if target == reverse("wagtailadmin_home") else ">"
    codes = {
        200: "+",
        204: ">",
        422: "+",
        400: "?",
        401: "x",
        403: "-",
        404: ".",
        405: "m",
        410: "g",
    }
    return codes.get(answer.status_code, str(answer.status_code))


def _people() -> dict[str, Person]:
    section = make_unit("市民税課", make_unit("総務部"))
    people = {
        role: PersonFactory.create(
            name=ROLES[role],
            roles=[GROUPS[role]] if role in GROUPS else [],
            is_superuser=role == "s",
        )
        for role in ROLES
        if role != "a"
    }
    chief = PositionFactory.create(name="課長", heads_unit=True)
    elsewhere = make_unit("他課")
    for role, person in people.items():
        if role in "vs":
            continue
        at_home = role in "ehl"
        facts = {"position": chief} if role == "h" else {}
        PostingFactory.create(person=person, unit=section if at_home else elsewhere, **facts)
    AppointmentFactory.create(person=people["l"], unit=section)
    return people


def _scene() -> Scene:
    people, at = _people(), timezone.now()
    employee = people["e"]
    course = make_course()
    recording = make_recording()
    lesson = make_lesson(course, body=[("text", "<p>見ます。</p>"), shown(recording)])
    questions = [make_question(right=("知らせる",), wrong=("黙っている",))]
    quiz = make_quiz(course, questions)
    audience = AudienceFactory.create(everybody=False)
    audience.included.add(employee)
    offering = OfferingFactory.create(course=course, audience=audience, slug="mine")
    enrolment = EnrolmentFactory.create(person=employee, offering=offering)
    StepProgress.objects.create(
        enrolment=enrolment, page=lesson, revision=lesson.live_revision, completed_at=at
    )
    taken = attempts.start(
        enrolment, quiz, revision=quiz.live_revision, rng=random.SystemRandom(), at=at
    )
    release = Release.objects.create(
        enrolment=enrolment,
        kind=ReleaseKind.WAIVER,
        starts_on=at.date() + dt.timedelta(days=1),
        reason="長期研修",
        decided_at=at,
    )
    completed = EnrolmentFactory.create(
        person=employee,
        offering__course=make_course("個人情報", "personal"),
        offering__audience=audience,
        offering__slug="done",
        started_at=at,
        completed_at=at,
    )
    certificate = certificates.issue(completed, at=at)
    voluntary = OfferingFactory.create(
        course=course, audience=audience, is_mandatory=False, slug="voluntary"
    )
    draft = make_course("下書きの研修", "draft")
    draft.unpublish()
    job = Job.objects.create(function="tests.nothing", created_at=at)
    roster = RosterImport.objects.create(
        file_name="名簿.csv", stored_as="x.csv", as_of=at.date(), uploaded_at=at, job=job
    )
    picture = default_storage.save("images/access.png", ContentFile(b"picture"))
    document = Document.objects.create(title="資料", file=ContentFile(b"text", name="access.txt"))
    question = questions[0]
    revision = question.latest_revision
    chosen = {
        "-": (),
        "person": (employee.pk,),
        "wagtailusers_users": (employee.pk,),
        "unit": (employee.postings.get().unit_id,),
        "position": (PositionFactory.create().pk,),
        "employment_type": (EmploymentTypeFactory.create().pk,),
        "posting": (employee.postings.get().pk,),
        "leave": (LeaveFactory.create(person=employee, starts_on=dt.date(2030, 1, 1)).pk,),
        "appointment": (people["l"].appointments.get().pk,),
        "roster": (roster.pk,),
        "audience": (audience.pk,),
        "offering": (offering.pk,),
        "voluntary": (voluntary.slug,),
        "enrolment": (enrolment.pk,),
        "release": (release.pk,),
        "lesson": (enrolment.pk, lesson.pk),
        "recording": (recording.pk,),
        "wagtailsnippets_courses_recording": (recording.pk,),
        "wagtailsnippetchoosers_courses_recording": (recording.pk,),
        "viewing": (enrolment.pk, lesson.pk, recording.pk),
        "quiz": (quiz.pk,),
        "lesson-page": (lesson.pk,),
        "course-page": (course.pk,),
        "attempt": (taken.pk,),
        "answer": (taken.pk, 1),
        "code": (certificate.code,),
        "no-code": ("ABCD-EFGH",),
        "certificate": (certificate.pk,),
        "wagtailsnippets_quizzes_question": (question.pk,),
        "wagtailsnippetchoosers_quizzes_question": (question.pk,),
        "version": (question.pk, revision.pk),
        "versions": (question.pk, "earliest", revision.pk),
        "wagtailsnippets_quizzes_questioncategory": (question.category_id,),
        "wagtailsnippetchoosers_quizzes_questioncategory": (question.category_id,),
        "picture": (picture,),
        "roster-file": ("private/x.csv",),
        "document": (document.pk, document.filename),
        "notice": (Notice.objects.create(title="知らせ", body="", starts_on=at.date()).pk,),
        "token": ("guessed",),
    }
    cookies = {"a": SimpleCookie()}
    for role, person in people.items():
        client = Client()
        client.force_login(person)
        cookies[role] = client.cookies
    return Scene(chosen, cookies)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield _scene()
        transaction.set_rollback(True)


@pytest.fixture
def scene(built: Scene, db: None) -> Scene:
    """The same people and things for every question, as they were."""
    return built


def _names(patterns: list[Any], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _names(pattern.url_patterns, inner)
        elif pattern.name:
            yield space + pattern.name


def our_names() -> set[str]:
    """Every address that this product adds to Wagtail's, by name."""
    resolvers: list[URLPattern | URLResolver] = get_resolver().url_patterns
    public = [
        one
        for one in resolvers
        if not str(getattr(one, "urlconf_name", "wagtail")).startswith(("<module 'wagtail", "wag"))
    ]
    viewsets.populate()
    names = set(_names(public))
    for hook in hooks.get_hooks("register_admin_urls"):
        if hook.__module__.startswith(OURS):
            names |= set(_names(hook()))
    for viewset in viewsets.viewsets:
        model = getattr(viewset, "model", "")
        homes = (type(viewset).__module__, getattr(model, "__module__", model))
        if any(home.startswith(OURS) for home in homes):
            names |= {f"{viewset.url_namespace}:{one.name}" for one in viewset.get_urlpatterns()}
    return names


def test_every_address_of_ours_stands_in_the_table() -> None:
    listed = {row.name for row in ROWS if not row.name.startswith("/")}
    assert our_names() - listed == set()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_get(scene: Scene, row: Row) -> None:
    """Answers as the table says, and writes nothing."""
    written = set()

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if (found := WRITING.match(sql)) and found[1] not in NOTES:
            written.add(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert scene.ask(row, "get") == row.on_get
    assert not written


@pytest.mark.parametrize("row", [row for row in ROWS if row.on_post != "*"], ids=str)
def test_post(scene: Scene, row: Row) -> None:
    assert scene.ask(row, "post") == row.on_post


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_post_from_another_site(scene: Scene, row: Row) -> None:
    """Nobody's browser can be made to send a form: even an administrator's is refused."""
    with transaction.atomic():
        answer = scene.client("s", enforce_csrf_checks=True).post(scene.address(row))
        transaction.set_rollback(True)
    assert answer.status_code == 403
