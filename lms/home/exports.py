"""Everything that is held about one person, as one file for that person."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Enrolment, StepProgress, Viewing
from lms.core.tables import Column, Kind, Table, write_sheets
from lms.core.text import duration
from lms.home.domain import record
from lms.home.models import NoticeRead
from lms.people.models import Person, Unit
from quizzes.models import Attempt


def own_data(person: Person, *, on: dt.date) -> bytes:
    """An xlsx in the language of the request. What is not public yet on the day is left out."""
    content = io.BytesIO()
    write_sheets(
        {
            _("Your data"): _account(person),
            _("Posts"): _posts(person, on=on),
            _("Leaves and appointments"): _leaves_and_appointments(person, on=on),
            _("Your courses"): _courses(person, on=on),
            _("Completed steps"): _steps(person),
            _("Quizzes"): _attempts(person),
            _("Videos and audio"): _viewings(person),
            _("Notices read"): _notices(person),
            _("Who looked"): _looks(person, on=on),
        },
        content,
    )
    return content.getvalue()


def _table(columns: Sequence[tuple[str, Kind]], rows: Iterable[Sequence[Any]]) -> Table:
    frame = pd.DataFrame(list(rows), columns=range(len(columns)), dtype=object)
    shown = tuple(
        Column(header, place, kind)  # type: ignore[arg-type]
        for place, (header, kind) in enumerate(columns)
    )
    return Table(frame, shown)


def _moment(at: dt.datetime | None) -> str | None:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else None


def _account(person: Person) -> Table:
    facts = [
        (_("employee number"), person.employee_number),
        (_("name"), person.name),
        (_("name in kana"), person.name_kana),
        (_("e-mail"), person.email),
        (_("Text size"), person.get_text_size_display()),
        (_("Language"), person.language),
    ]
    return _table([(_("Item"), Kind.TEXT), (_("What is held"), Kind.TEXT)], facts)


def _posts(person: Person, *, on: dt.date) -> Table:
    paths = Unit.objects.paths_shown()
    posts = person.postings.public(on=on).select_related("position", "employment_type")
    return _table(
        [
            (_("unit"), Kind.TEXT),
            (_("position"), Kind.TEXT),
            (_("employment type"), Kind.TEXT),
            (_("kind"), Kind.TEXT),
            (_("first day"), Kind.DAY),
            (_("last day"), Kind.DAY),
        ],
        (
            (
                paths[post.unit_id],
                post.position and post.position.name,
                post.employment_type and post.employment_type.name,
                post.get_kind_display(),
                post.starts_on,
                post.ends_on,
            )
            for post in posts
        ),
    )


def _leaves_and_appointments(person: Person, *, on: dt.date) -> Table:
    leaves = [
        (leave.get_code_display(), leave.starts_on, leave.ends_on)
        for leave in person.leaves.filter(starts_on__lte=on)
    ]
    appointments = [
        (f"{one.get_office_display()}（{one.unit}）", one.starts_on, one.ends_on)
        for one in person.appointments.filter(starts_on__lte=on).select_related("unit")
    ]
    columns = [(_("kind"), Kind.TEXT), (_("first day"), Kind.DAY), (_("last day"), Kind.DAY)]
    return _table(columns, [*leaves, *appointments])


def _courses(person: Person, *, on: dt.date) -> Table:
    enrolments = (
        Enrolment.objects.filter(person=person)
        .with_status(on=on)
        .select_related("offering__course", "certificate")
        .order_by("assigned_on", "pk")
    )
    return _table(
        [
            (_("fiscal year"), Kind.COUNT),
            (_("course"), Kind.TEXT),
            (_("offering"), Kind.TEXT),
            (_("status"), Kind.TEXT),
            (_("assigned on"), Kind.DAY),
            (_("due on"), Kind.DAY),
            (_("started at"), Kind.TEXT),
            (_("completed at"), Kind.TEXT),
            (_("score"), Kind.COUNT),
            (_("serial number"), Kind.TEXT),
        ],
        (
            (
                one.offering.fiscal_year,
                one.offering.course.title,
                one.offering.slug,
                one.status_label,
                one.assigned_on,
                one.due_on,
                _moment(one.started_at),
                _moment(one.completed_at),
                one.score,
                one.certificate.serial if hasattr(one, "certificate") else None,
            )
            for one in enrolments
        ),
    )


def _steps(person: Person) -> Table:
    steps = StepProgress.objects.filter(enrolment__person=person).select_related(
        "page", "enrolment__offering"
    )
    return _table(
        [
            (_("offering"), Kind.TEXT),
            (_("step"), Kind.TEXT),
            (_("completed at"), Kind.TEXT),
            (_("score"), Kind.COUNT),
        ],
        (
            (one.enrolment.offering.slug, one.page.title, _moment(one.completed_at), one.score)
            for one in steps.order_by("completed_at", "pk")
        ),
    )


def _attempts(person: Person) -> Table:
    attempts = Attempt.objects.filter(enrolment__person=person).select_related(
        "page", "enrolment__offering"
    )
    return _table(
        [
            (_("offering"), Kind.TEXT),
            (_("quiz"), Kind.TEXT),
            (_("Attempt"), Kind.COUNT),
            (_("started at"), Kind.TEXT),
            (_("handed in at"), Kind.TEXT),
            (_("score"), Kind.COUNT),
        ],
        (
            (
                one.enrolment.offering.slug,
                one.page.title,
                one.number,
                _moment(one.started_at),
                _moment(one.submitted_at),
                one.score,
            )
            for one in attempts.order_by("started_at", "pk")
        ),
    )


def _viewings(person: Person) -> Table:
    viewings = Viewing.objects.filter(enrolment__person=person).select_related(
        "recording", "enrolment__offering"
    )
    return _table(
        [
            (_("offering"), Kind.TEXT),
            (_("title"), Kind.TEXT),
            (_("Played"), Kind.TEXT),
            (_("last seen"), Kind.TEXT),
            (_("transcript read"), Kind.TEXT),
        ],
        (
            (
                one.enrolment.offering.slug,
                one.recording.title,
                duration(sum(last - first for first, last in one.ranges)),
                _moment(one.seen_at),
                _moment(one.read_at),
            )
            for one in viewings.order_by("seen_at", "pk")
        ),
    )


def _notices(person: Person) -> Table:
    reads = NoticeRead.objects.filter(person=person).select_related("notice")
    return _table(
        [(_("title"), Kind.TEXT), (_("When"), Kind.TEXT)],
        ((one.notice.title, _moment(one.read_at)) for one in reads.order_by("read_at", "pk")),
    )


def _looks(person: Person, *, on: dt.date) -> Table:
    lines = record.lines(list(record.by_others(person, on=on)), on=on)
    return _table(
        [
            (_("When"), Kind.TEXT),
            (_("What was done"), Kind.TEXT),
            (_("By whom"), Kind.TEXT),
            (_("unit"), Kind.TEXT),
        ],
        ((_moment(line.at), line.what, line.name or _("The system"), line.unit) for line in lines),
    )
