import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from lms.people.models import Posting
from tests.factories.people import PersonFactory, PostingFactory, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def first_year() -> Posting:
    return PostingFactory(starts_on=dt.date(2025, 4, 1), ends_on=dt.date(2026, 3, 31))


def test_the_next_primary_post_may_start_the_day_after(first_year: Posting) -> None:
    PostingFactory(person=first_year.person, unit=first_year.unit, starts_on=dt.date(2026, 4, 1))


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (dt.date(2026, 3, 31), None),
        (dt.date(2024, 4, 1), dt.date(2025, 4, 1)),
        (dt.date(2025, 6, 1), dt.date(2025, 6, 1)),
        (dt.date(2024, 4, 1), None),
    ],
)
def test_two_primary_posts_cannot_share_a_day(
    first_year: Posting, starts_on: dt.date, ends_on: dt.date | None
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PostingFactory(
            person=first_year.person, unit=first_year.unit, starts_on=starts_on, ends_on=ends_on
        )


def test_moving_an_existing_post_over_another_is_stopped_too(first_year: Posting) -> None:
    second = PostingFactory(
        person=first_year.person, unit=first_year.unit, starts_on=dt.date(2026, 4, 1)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.filter(pk=second.pk).update(starts_on=dt.date(2026, 3, 31))


def test_a_post_may_be_changed_in_its_own_days(first_year: Posting) -> None:
    Posting.objects.filter(pk=first_year.pk).update(ends_on=dt.date(2026, 3, 30))


def test_other_people_and_concurrent_posts_do_not_count(first_year: Posting) -> None:
    PostingFactory(person=PersonFactory(), unit=first_year.unit, starts_on=first_year.starts_on)
    PostingFactory(
        person=first_year.person,
        unit=make_unit("兼務先"),
        kind="concurrent",
        starts_on=first_year.starts_on,
    )


def test_a_form_is_told_in_a_sentence(first_year: Posting) -> None:
    clash = PostingFactory.build(
        person=first_year.person, unit=first_year.unit, starts_on=dt.date(2026, 3, 31)
    )
    with pytest.raises(ValidationError, match="先にその終了日を入力してください"):
        clash.validate_constraints()


@pytest.mark.django_db(transaction=True)
def test_the_constraint_survives_a_change_of_its_table(first_year: Posting) -> None:
    """SQLite rebuilds a table to alter it; a trigger that is not made again is lost."""
    old = Posting._meta.get_field("public_on")
    new = models.DateField(null=True)
    new.set_attributes_from_name("public_on")
    new.model = Posting
    with connection.schema_editor() as editor:
        editor.alter_field(Posting, old, new)
    try:
        with pytest.raises(IntegrityError), transaction.atomic():
            PostingFactory(
                person=first_year.person, unit=first_year.unit, starts_on=dt.date(2026, 3, 31)
            )
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(Posting, new, old)
