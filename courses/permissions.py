"""Who may do what with courses."""

import datetime as dt

from courses.models import CoursePage, Enrolment, Offering
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


def can_learn(person: Person, enrolment: Enrolment) -> bool:
    """Learning is one's own: nobody does it for somebody else."""
    return enrolment.person_id == person.pk


def can_manage_enrolments(person: Person) -> bool:
    return person.has_role(Role.TRAINING_ADMIN)
