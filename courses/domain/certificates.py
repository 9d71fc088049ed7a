"""修了証: what it says is fixed on the day of issue, and whoever holds one can check it."""

import datetime as dt
import math
import re
import secrets
import unicodedata

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from courses.models import Certificate, Enrolment
from lms.core import audit, pdf
from lms.core.calendar import fiscal_year, fiscal_year_code
from lms.core.errors import RuleViolation
from lms.core.numbering import next_number
from lms.people.enums import Role
from lms.people.models import Person

# 32 signs of which no two look alike, so 16 of them hold 80 bits. Who reads an O means 0, and who
# reads an I or an L means 1.
CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_GROUPS, CODE_GROUP_LENGTH = 4, 4
CODE = re.compile(f"[{CODE_SIGNS}]{{{CODE_GROUPS * CODE_GROUP_LENGTH}}}")
MISREAD = str.maketrans("OIL", "011")
BETWEEN_GROUPS = re.compile("[\\s_.\u2010-\u2015\u2212\u30fc-]+")

# The room on the page, in points, as templates/pdf/certificate.html divides it.
NAME_WIDTH, NAME_LARGEST, NAME_SMALLEST = 690, 36, 15
BODY_WIDTH, BODY_HEIGHT, BODY_LINE, BODY_SIZES = 622, 124, 1.75, (18, 16, 14, 12, 11)


def issue(enrolment: Enrolment, *, at: dt.datetime) -> Certificate:
    """The certificate of a completed enrolment. A second call returns the first one.

    A name that cannot be printed is no obstacle: the record stands, and printing says what to do.
    """
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        issued = Certificate.objects.filter(enrolment=enrolment).first()
        if issued is not None:
            return issued
        if enrolment.completed_at is None:
            raise RuleViolation(gettext("Complete the course first: then there is a certificate."))
        completed_on = timezone.localdate(enrolment.completed_at)
        year = fiscal_year_code(fiscal_year(completed_on))
        certificate = Certificate.objects.create(
            enrolment=enrolment,
            serial=f"{year}-{next_number(f'certificate:{year}'):06}",
            code=new_code(),
            person_name=enrolment.person.name,
            course_title=enrolment.offering.course.title,
            completed_on=completed_on,
            office_name=settings.OFFICE_NAME,
            issuer=settings.CERTIFICATE_ISSUER,
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


def new_code() -> str:
    """A code that nobody can guess and anybody can read aloud: 7K3D-0R9X-WVQ2-5HMT."""
    signs = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_GROUPS * CODE_GROUP_LENGTH))
    return _grouped(signs)


def read_code(text: str) -> str | None:
    """The code that somebody typed, or None if it cannot be one.

    Case, full width, spaces and hyphens do not matter, nor do O for 0 and I or L for 1.
    """
    typed = BETWEEN_GROUPS.sub("", unicodedata.normalize("NFKC", text)).upper().translate(MISREAD)
    return _grouped(typed) if CODE.fullmatch(typed) else None


def _grouped(signs: str) -> str:
    length = CODE_GROUP_LENGTH
    return "-".join(signs[start : start + length] for start in range(0, len(signs), length))


def visible_to(viewer: Person) -> QuerySet[Certificate]:
    """The certificates that a person may print: the own ones; HR all of them."""
    if viewer.has_role(Role.TRAINING_ADMIN):
        return Certificate.objects.all()
    return Certificate.objects.filter(enrolment__person=viewer)


def note_reading(certificate: Certificate, *, by: Person, at: dt.datetime) -> None:
    """Keep who printed somebody else's certificate."""
    person = certificate.enrolment.person
    if person != by:
        audit.record(
            "certificate.read",
            by=by,
            at=at,
            subject=certificate,
            person=person,
            serial=certificate.serial,
        )


def verification_url(certificate: Certificate) -> str:
    return settings.SITE_URL.rstrip("/") + reverse("certificate", args=[certificate.code])


def document(certificate: Certificate) -> bytes:
    """The PDF. Raises MissingGlyphs if the name or the course cannot be printed as it is."""
    url = verification_url(certificate)
    body_size, body_lines = _body_size(certificate.course_title)
    facts = {
        "certificate": certificate,
        "url": url,
        "qr": segno.make(url, error="m", micro=False).png_data_uri(scale=8, border=4),
        "name_size": _name_size(certificate.person_name),
        "body_size": body_size,
        "body_align": "center" if body_lines == 1 else "left",
        "is_demo": settings.DEMO,
    }
    with translation.override(settings.LANGUAGE_CODE):
        title = gettext("Certificate of completion No. %(serial)s") % {"serial": certificate.serial}
    return pdf.render("pdf/certificate.html", facts, title=title, at=certificate.issued_at)


def _width(text: str) -> float:
    """How many Japanese characters wide a text is; Latin ones count as six tenths."""
    wide = sum(unicodedata.east_asian_width(sign) in "WFA" for sign in text)
    return wide + 0.6 * (len(text) - wide)


def _name_size(name: str) -> int:
    """As large as fits on one line with the 殿 after it; very long names get several lines."""
    return max(NAME_SMALLEST, min(NAME_LARGEST, int(NAME_WIDTH / (_width(name) + 2))))


def _body_size(course_title: str) -> tuple[int, int]:
    """The largest size at which the sentence about the course fits its room, and its lines."""
    width = _width(course_title) + 20  # あなたは「」を修了したことを証します。
    for size in BODY_SIZES:
        lines = math.ceil(width * size / BODY_WIDTH)
        if (lines + (lines > 1)) * size * BODY_LINE <= BODY_HEIGHT:
            break
    return size, lines
