"""The city to measure on: of one seed, whole, and never beside real people."""

import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from courses.models import Enrolment, Offering
from lms.core.calendar import fiscal_year
from lms.core.models import AuditEntry
from lms.demo.quickstart import DEMO_LOADED
from lms.demo.scale import load_scale
from lms.people.models import Person
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)


def test_older_years_follow_the_demos_own() -> None:
    load_scale(people=50, offerings=15, at=AT)
    assert Offering.objects.count() == 15
    older = Offering.objects.filter(fiscal_year__lt=fiscal_year(AT.date()) - 2)
    assert {offering.fiscal_year for offering in older} == {2023}
    for offering in older:
        rows = Enrolment.objects.filter(offering=offering)
        done = rows.filter(completed_at__isnull=False)
        assert 0 < done.count() <= rows.count() <= Person.objects.count()
        for row in done:
            began, ended = timezone.localdate(row.started_at), timezone.localdate(row.completed_at)
            assert offering.opens_on <= began <= ended <= offering.closes_on
        assert all(row.posting is not None and row.course_revision_id for row in done)


@override_settings(DEMO=False)
def test_it_refuses_outside_the_demo() -> None:
    with pytest.raises(CommandError, match="LMS_DEMO"):
        call_command("scale_data", people=50, offerings=1)
    assert not Person.objects.exists()


@override_settings(DEMO=True)
def test_it_refuses_beside_people_who_are_there() -> None:
    PersonFactory()
    with pytest.raises(CommandError, match="LMS_DATA_DIR"):
        call_command("scale_data", people=50, offerings=1, stdout=StringIO())
    assert Person.objects.count() == 1


@override_settings(DEMO=True)
@pytest.mark.parametrize("people", [0, 49, 20_001])
def test_it_refuses_a_city_that_it_cannot_make(people: int) -> None:
    with pytest.raises(CommandError, match="20000"):
        call_command("scale_data", people=people, offerings=1)


@override_settings(DEMO=True)
def test_a_second_run_says_what_is_there_and_does_nothing(tmp_path: Path) -> None:
    said = [StringIO(), StringIO()]
    with override_settings(DATA_DIR=tmp_path):
        for output in said:
            call_command(
                "scale_data", people=50, offerings=1, as_of=AT.date(), seed=7, stdout=output
            )
    first, second = (output.getvalue() for output in said)
    counts = first.partition(" in ")[0]
    assert f"{Enrolment.objects.count():,} enrolments" in counts
    assert second.strip() == f"The demo is loaded already and stays as it is: {counts}."
    assert AuditEntry.objects.filter(action=DEMO_LOADED).count() == 1
    assert timezone.localdate(AuditEntry.objects.get(action=DEMO_LOADED).at) == AT.date()
