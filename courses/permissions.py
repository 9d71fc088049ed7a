"""Who may do what with courses."""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from wagtail.models import Page, ReferenceIndex

from courses.models import CoursePage, Enrolment, LessonPage, Offering, Recording
from lms.people.enums import Role
from lms.people.models import Person


def can_read_every_course(person: Person) -> bool:
    """Those who make courses, assign them, or check them."""
    return person.has_role(Role.AUTHOR, Role.DX_OFFICE, Role.TRAINING_ADMIN, Role.AUDITOR)


def can_see_course(person: Person, course: CoursePage, *, on: dt.date) -> bool:
    """Whoever is enrolled, or may enrol, or reads every course."""
    return (
        Enrolment.objects.filter(person=person, offering__course=course)
        .not_withdrawn(on=on)
        .exists()
        or Offering.objects.filter(course=course).offered_to(person, on=on).exists()
        or can_read_every_course(person)
    )


def visible_courses(person: Person, *, on: dt.date) -> QuerySet[Any]:
    """Every published course that can_see_course() says yes to."""
    courses: QuerySet[Any] = CoursePage.objects.live()
    if can_read_every_course(person):
        return courses
    enrolments = Enrolment.objects.filter(person=person).not_withdrawn(on=on)
    offerings = Offering.objects.offered_to(person, on=on)
    return courses.filter(
        Q(pk__in=enrolments.values("offering__course")) | Q(pk__in=offerings.values("course"))
    )


def can_play(person: Person, recording: Recording, *, on: dt.date) -> bool:
    """Whoever sees a course with a published lesson that shows it."""
    if can_read_every_course(person):
        return True
    shown_in = ReferenceIndex.get_references_to(recording).values_list("object_id", flat=True)
    lessons = LessonPage.objects.live().filter(pk__in=[int(key) for key in shown_in])
    courses = {path[: -Page.steplen] for path in lessons.values_list("path", flat=True)}
    return bool(courses) and visible_courses(person, on=on).filter(path__in=courses).exists()


def can_learn(person: Person, enrolment: Enrolment) -> bool:
    """Learning is one's own: nobody does it for somebody else."""
    return enrolment.person_id == person.pk


def can_manage_enrolments(person: Person) -> bool:
    return person.has_role(Role.TRAINING_ADMIN)
