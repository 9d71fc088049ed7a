import datetime as dt

import pytest
from django.contrib.auth import get_user
from django.utils import timezone

from lms.core.errors import RuleViolation
from lms.home.domain.setup import (
    LIFETIME,
    create_first_administrator,
    create_setup_link,
    has_administrator,
)
from lms.home.models import SetupLink
from lms.people.models import Person
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db

FORM = {
    "employee_number": "０００００１",
    "name": "𠮷田　大輔",
    "password1": "neko kasa densha",
    "password2": "neko kasa densha",
}


@pytest.fixture
def link() -> str:
    return create_setup_link(at=timezone.now())


def test_it_makes_the_first_administrator_and_signs_in(client, link: str) -> None:
    assert "最初の管理者の登録" in client.get(link).text
    assert not Person.objects.exists()
    assert client.post(link, FORM).url == "/"
    person = get_user(client)
    assert (person.employee_number, person.name) == ("000001", "𠮷田　大輔")
    assert person.is_superuser
    assert person.search_key == "000001 𠮷田大輔"
    assert client.get("/cms/").status_code == 200


def test_it_works_once(client, link: str) -> None:
    client.post(link, FORM)
    client.logout()
    Person.objects.update(is_superuser=False)  # Even when the administrator is gone again.
    for response in (client.get(link), client.post(link, FORM | {"employee_number": "2"})):
        assert response.status_code == 410
        assert "このリンクは使えなくなりました" in response.text
    assert Person.objects.count() == 1


def test_it_works_for_24_hours(client, link: str) -> None:
    made_at = SetupLink.objects.get().created_at
    SetupLink.objects.update(expires_at=timezone.now() + dt.timedelta(minutes=1))
    assert client.get(link).status_code == 200
    SetupLink.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert client.get(link).status_code == 410
    assert client.post(link, FORM).status_code == 410
    assert dt.timedelta(hours=24) == LIFETIME
    token = link.rstrip("/").rsplit("/", 1)[-1]
    SetupLink.objects.update(expires_at=made_at + LIFETIME)
    with pytest.raises(RuleViolation):
        create_first_administrator(
            token, employee_number="1", name="x", password="y", at=made_at + LIFETIME
        )


def test_it_stops_working_when_there_is_an_administrator(client, link: str) -> None:
    PersonFactory(is_superuser=True)
    assert client.get(link).status_code == 410
    assert client.post(link, FORM).status_code == 410
    assert Person.objects.count() == 1


def test_no_link_is_made_beside_an_administrator() -> None:
    PersonFactory(is_superuser=True)
    with pytest.raises(RuleViolation, match="管理者はすでにいます"):
        create_setup_link(at=timezone.now())


def test_an_administrator_who_is_locked_out_counts_as_none() -> None:
    PersonFactory(is_superuser=True, is_active=False)
    assert not has_administrator()
    assert create_setup_link(at=timezone.now()).startswith("/account/setup/")


def test_a_new_link_ends_the_one_before(client, link: str) -> None:
    second = create_setup_link(at=timezone.now())
    assert client.get(link).status_code == 410
    assert client.get(second).status_code == 200


def test_the_token_itself_is_not_stored(link: str) -> None:
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert token not in SetupLink.objects.get().token_hash
    assert len(token) >= 40


def test_a_made_up_link_shows_no_form(client, link: str) -> None:
    assert client.get("/account/setup/guess/").status_code == 410


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password2": "other words here"}, "2つのパスワードが違います。"),
        ({"password1": "short", "password2": "short"}, "短すぎます"),
        ({"employee_number": ""}, "この項目を入力してください。"),
        ({"employee_number": "職員1"}, "半角"),
        ({"employee_number": "000009"}, "この職員番号は"),
    ],
)
def test_a_form_with_errors_says_what_to_do_and_leaves_the_link(
    client, link: str, change: dict[str, str], sentence: str
) -> None:
    PersonFactory(employee_number="000009")
    response = client.post(link, FORM | change)
    assert response.status_code == 200
    assert sentence in response.text
    assert not has_administrator()
    assert client.post(link, FORM).status_code == 302
