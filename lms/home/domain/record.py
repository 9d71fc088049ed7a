"""Who has looked at a person's data or changed it, as that person reads it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment, Offering
from lms.core.models import AuditEntry
from lms.people.models import Person, Posting

# What every action of the audit log that can concern a person means to them.
ACTIONS = {
    "administrator.created": _("Your account was made the first administrator's"),
    "appointment.added": _("An appointment was added"),
    "appointment.changed": _("An appointment was changed"),
    "appointment.deleted": _("An appointment was deleted"),
    "attempt.started": _("An attempt was begun"),
    "attempt.submitted": _("An attempt was handed in"),
    "certificate.issued": _("A certificate was issued"),
    "certificate.read": _("Your certificate was opened"),
    "enrolment.completed": _("A course was completed"),
    "enrolment.read": _("Your enrolment, with steps and score, was opened"),
    "enrolment.reinstated": _("Your enrolment was taken up again"),
    "enrolment.self_enrolled": _("You enrolled"),
    "enrolment.waived": _("You were waived from a course"),
    "enrolment.withdrawn": _("Your enrolment was withdrawn"),
    "leave.added": _("A leave was added"),
    "leave.changed": _("A leave was changed"),
    "leave.deleted": _("A leave was deleted"),
    "password.changed": _("The password was changed"),
    "password.issued": _("A first password was issued"),
    "person.added": _("Your data was entered"),
    "person.changed": _("Your data was changed"),
    "person.deleted": _("Your data was deleted"),
    "person.joined": _("You were entered from the roster"),
    "person.left": _("The roster ended your post"),
    "person.moved": _("The roster moved your post"),
    "person.updated": _("The roster changed your data"),
    "person.read": _("Your page in the administration was opened"),
    "posting.added": _("A post was added"),
    "posting.changed": _("A post was changed"),
    "posting.deleted": _("A post was deleted"),
    "sign_in.failed": _("Somebody could not sign in with your employee number"),
}
OTHER = _("Something was done with your data")
NAMES_READ = "reports.completion_names_read"
LISTED = "people.listed"
# What "people.listed" says was listed; for a list of enrolments the course is told as well.
LISTS = {
    "courses.enrolment": _("List of enrolments"),
    "people.appointment": _("List of appointments"),
    "people.leave": _("List of leaves"),
    "people.person": _("List of staff"),
    "people.posting": _("List of posts"),
    "search": _("Search for people"),
}
OTHER_LIST = _("List of people")
COMPLETION = _("List of who has completed")
LISTS_LOOKED_THROUGH = 1000


@dataclass(frozen=True)
class Line:
    """What was done, by whom (their name and unit; empty for the product itself), and when."""

    at: dt.datetime
    what: Any
    name: str
    unit: str
    is_reading: bool


@dataclass(frozen=True)
class ListLine:
    """A list of names that held the person, or covered their unit."""

    at: dt.datetime
    what: Any
    course: str
    within: str
    people: int
    name: str
    unit: str


def by_others(person: Person, *, on: dt.date) -> QuerySet[AuditEntry]:
    """What others, or the product, read or changed about the person; newest first.

    Without transfers that are not public on the day (内示): not even the person knows of them.
    """
    entries = AuditEntry.objects.filter(subject_person=person).exclude(actor=person)
    changes = entries.exclude(detail={}).only("detail")
    secret = [entry.pk for entry in changes if not _is_public(entry, on=on)]
    return entries.exclude(pk__in=secret).select_related("actor")


def _is_public(entry: AuditEntry, *, on: dt.date) -> bool:
    """Days in the log are ISO texts, which sort like the days."""
    posts = entry.detail.get("after") or []
    changes = entry.detail.get("changes") or {}
    days = [post["starts_on"] for post in posts] + (changes.get("public_on") or [])
    return all(day <= on.isoformat() for day in days if day)


def lists_with(person: Person) -> list[AuditEntry]:
    """The newest lists that held the person, or covered their offering and unit on their day."""
    assigned = dict(
        Enrolment.objects.filter(person=person).values_list("offering_id", "assigned_on")
    )
    of_offerings = Q(action=NAMES_READ, subject__in=[f"courses.offering:{key}" for key in assigned])
    held = AuditEntry.people_shown.through.objects.filter(person=person).values("auditentry")
    entries = (
        AuditEntry.objects.filter(of_offerings | Q(pk__in=held))
        .exclude(actor=person)
        .select_related("actor")[:LISTS_LOOKED_THROUGH]
    )
    posts = list(Posting.objects.primary().filter(person=person).select_related("unit"))
    return [
        entry for entry in entries if entry.action != NAMES_READ or _covered(entry, assigned, posts)
    ]


def _covered(entry: AuditEntry, assigned: dict[int, dt.date], posts: list[Posting]) -> bool:
    on = dt.date.fromisoformat(entry.detail["on"])
    if on < assigned[int(entry.subject.partition(":")[2])]:
        return False
    paths = entry.detail.get("paths")
    if paths is None:
        return True
    return any(
        post.unit.path.startswith(tuple(paths))
        for post in posts
        if post.starts_on <= on and (post.ends_on is None or on <= post.ends_on)
    )


def lines(entries: Sequence[AuditEntry], *, on: dt.date) -> list[Line]:
    units = _units(entries, on=on)
    return [
        Line(
            at=entry.at,
            what=ACTIONS.get(entry.action, OTHER),
            name=entry.actor.name if entry.actor else "",
            unit=units.get(entry.actor_id or 0, ""),
            is_reading=entry.action.endswith(".read"),
        )
        for entry in entries
    ]


def list_lines(entries: Page[AuditEntry], *, on: dt.date) -> list[ListLine]:
    units = _units(entries, on=on)
    keys = [entry.subject.partition(":")[2] for entry in entries if entry.subject]
    offerings = {
        str(offering.pk): offering.course.title
        for offering in Offering.objects.filter(pk__in=keys).select_related("course")
    }
    return [
        ListLine(
            at=entry.at,
            what=COMPLETION
            if entry.action == NAMES_READ
            else LISTS.get(entry.detail.get("listed", ""), OTHER_LIST),
            course=offerings.get(entry.subject.partition(":")[2], ""),
            within=entry.detail.get("unit", ""),
            people=entry.detail.get("people", 0),
            name=entry.actor.name if entry.actor else "",
            unit=units.get(entry.actor_id or 0, ""),
        )
        for entry in entries
    ]


def _units(entries: Iterable[AuditEntry], *, on: dt.date) -> dict[int, str]:
    actors = {entry.actor_id for entry in entries if entry.actor_id}
    return Person.objects.filter(pk__in=actors).with_unit_path(on=on)
