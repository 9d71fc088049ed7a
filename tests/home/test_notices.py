"""Notices reach whom they are for, on their days, and nobody is told twice."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries
from wagtail.test.utils.form_data import rich_text

from lms.home.models import Notice, NoticeRead
from lms.people.enums import Role
from lms.people.models import Person
from tests.factories.courses import AudienceFactory
from tests.factories.people import PersonFactory, PostingFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock(now: dt.datetime) -> Any:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def person(client: Client) -> Person:
    person = PostingFactory(person=PersonFactory()).person
    client.force_login(person)
    return person


def tell(today: dt.date, title: str = "研修の期限", **facts: Any) -> Notice:
    facts.setdefault("starts_on", today)
    return Notice.objects.create(title=title, body="<p>12月28日まで</p>", **facts)


def titles(client: Client, path: str = "/notices/") -> list[str]:
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return [link.text.strip() for link in page.select(".notice-list a")]


def test_unread_ones_come_first_then_the_newest(
    client: Client, person: Person, today: dt.date
) -> None:
    tell(today - 2 * DAY, "古い未読")
    read = tell(today, "新しい既読")
    tell(today - DAY, "未読")
    client.post(reverse("notice_read", args=[read.pk]))
    assert titles(client) == ["未読", "古い未読", "新しい既読"]


@pytest.mark.parametrize(
    ("starts", "ends", "is_shown"),
    [(0, 0, True), (0, None, True), (1, None, False), (-5, -1, False), (-5, 0, True)],
)
def test_it_is_shown_from_the_first_day_to_the_last(  # noqa: PLR0917 - fixtures
    client: Client, person: Person, today: dt.date, starts: int, ends: int | None, is_shown: bool
) -> None:
    ends_on = None if ends is None else today + ends * DAY
    notice = tell(today, starts_on=today + starts * DAY, ends_on=ends_on)
    assert titles(client) == (["研修の期限"] if is_shown else [])
    answer = client.get(reverse("notice", args=[notice.pk]))
    assert answer.status_code == (200 if is_shown else 404)


def test_an_audiences_notice_is_for_its_people(
    client: Client, person: Person, today: dt.date
) -> None:
    theirs = AudienceFactory(everybody=False)
    notice = tell(today, audience=theirs)
    assert titles(client) == []
    assert client.get(reverse("notice", args=[notice.pk])).status_code == 404
    assert client.post(reverse("notice_read", args=[notice.pk])).status_code == 404
    theirs.included.add(person)
    assert titles(client) == ["研修の期限"]


def test_looking_is_not_reading(client: Client, person: Person, today: dt.date) -> None:
    notice = tell(today)
    client.get(reverse("notice", args=[notice.pk]))
    assert not NoticeRead.objects.exists()
    for _twice in range(2):
        client.post(reverse("notice_read", args=[notice.pk]))
    assert NoticeRead.objects.get().person == person
    assert titles(client, "/") == []
    assert titles(client) == ["研修の期限"]


def test_all_are_marked_at_once_and_only_ones_own(
    client: Client, person: Person, today: dt.date
) -> None:
    for number in range(3):
        tell(today, f"{number}")
    tell(today, "他の人へ", audience=AudienceFactory(everybody=False))
    client.post(reverse("notices_read_all"))
    assert NoticeRead.objects.filter(person=person).count() == 3
    other = PostingFactory(person=PersonFactory()).person
    client.force_login(other)
    assert len(titles(client, "/")) == 3


def test_my_page_shows_what_is_important_and_what_is_new(
    client: Client, person: Person, today: dt.date
) -> None:
    tell(today - 13 * DAY, "新しい")
    tell(today - 14 * DAY, "もう古い")
    tell(today - 99 * DAY, "重要", is_important=True)
    assert titles(client, "/") == ["重要", "新しい"]


def test_there_is_nothing_where_nothing_is_told(client: Client, person: Person) -> None:
    assert "お知らせはありません" in client.get("/notices/").content.decode()
    assert titles(client, "/") == []


def test_a_long_list_has_pages(client: Client, person: Person, today: dt.date) -> None:
    for number in range(21):
        tell(today, f"{number}")
    assert len(titles(client)) == 20
    assert len(titles(client, "/notices/?page=2")) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(
    client: Client,
    person: Person,
    today: dt.date,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        tell(today, f"{number}")
    with django_assert_num_queries(6):
        client.get("/notices/")


def test_the_last_day_is_not_before_the_first(today: dt.date) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        tell(today, ends_on=today - DAY)


@pytest.mark.parametrize("role", [Role.TRAINING_ADMIN, Role.DX_OFFICE])
def test_hr_and_the_dx_office_write_them(client: Client, today: dt.date, role: Role) -> None:
    client.force_login(PersonFactory(roles=[role]))
    facts = {
        "title": "入力のお願い",
        "body": rich_text("<p>今週中に</p>"),
        "audience": "",
        "starts_on": today.isoformat(),
        "ends_on": (today - DAY).isoformat(),
    }
    refused = client.post(reverse("notice:add"), facts).content.decode()
    assert "終了日は、開始日以降の日付を入力してください。" in refused
    client.post(reverse("notice:add"), facts | {"ends_on": ""})
    notice = Notice.objects.get()
    assert notice.title == "入力のお願い"
    assert "入力のお願い" in client.get(reverse("notice:index"), {"q": "お願い"}).content.decode()
