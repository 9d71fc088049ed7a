"""修了証: what is said on it is fixed on the day of issue."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from courses.models import Certificate, Enrolment
from lms.core import audit
from lms.core.calendar import fiscal_year, fiscal_year_code
from lms.core.numbering import next_number


def issue(enrolment: Enrolment, *, at: dt.datetime) -> Certificate:
    """The certificate of a completed enrolment. A second call returns the first one."""
    with transaction.atomic():
        issued = Certificate.objects.filter(enrolment=enrolment).first()
        if issued is not None:
            return issued
        completed_on = timezone.localdate(enrolment.completed_at)
        year = fiscal_year_code(fiscal_year(completed_on))
        certificate = Certificate.objects.create(
            enrolment=enrolment,
            serial=f"{year}-{next_number(f'certificate:{year}'):05}",
            code=secrets.token_hex(8),
            person_name=enrolment.person.name,
            course_title=enrolment.offering.course.title,
            completed_on=completed_on,
            issued_at=at,
        )
        audit.record(
            "certificate.issued",
            by=None,
            at=at,
            subject=certificate,
            person=enrolment.person,
            serial=certificate.serial,
        )
        return certificate
