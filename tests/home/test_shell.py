import re

import pytest
from django.contrib.auth.models import Permission

from lms.people.enums import PostingKind, Role
from tests.factories.people import PersonFactory, PositionFactory, PostingFactory

pytestmark = pytest.mark.django_db

LEARNER = ["マイページ", "研修一覧", "お知らせ"]


def menu(client, path: str = "/account/") -> list[str]:
    page = client.get(path).text
    side = re.search(r'<nav class="side".*?</nav>', page, re.DOTALL)
    return [text.strip() for text in re.findall(r">([^<>]+)</a>", side[0])] if side else []


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (None, []),
        (Role.ADVISOR, []),
        (Role.COMMITTEE, []),
        (Role.TRAINING_ADMIN, ["レポート", "管理画面"]),
        (Role.AUDITOR, ["レポート", "管理画面"]),
        (Role.AUTHOR, ["管理画面"]),
        (Role.DX_OFFICE, ["管理画面"]),
    ],
)
def test_the_menu_holds_only_what_the_role_may_open(
    client, role: Role | None, more: list[str]
) -> None:
    client.force_login(PersonFactory(roles=[role] if role else []))
    assert menu(client) == LEARNER + more


def test_an_administrator_sees_everything(client) -> None:
    client.force_login(PersonFactory(is_superuser=True))
    assert menu(client) == [*LEARNER, "レポート", "管理画面"]


def test_whoever_heads_a_unit_sees_its_report_on_the_days_of_the_post(
    client, on_today, time_machine
) -> None:
    chief = PositionFactory(name="課長", heads_unit=True)
    person = PersonFactory()
    PostingFactory(person=person, position=PositionFactory(name="主査"))
    PostingFactory(
        person=person,
        position=chief,
        kind=PostingKind.CONCURRENT,
        starts_on="2026-11-23",
        ends_on="2026-11-30",
    )
    client.force_login(person)
    assert menu(client) == [*LEARNER, "レポート"]
    client.logout()
    time_machine.move_to("2026-12-01T09:00:00+09:00")
    client.force_login(person)
    assert menu(client) == LEARNER


def test_a_permission_of_ones_own_opens_the_administration(client) -> None:
    person = PersonFactory()
    person.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(person)
    assert menu(client) == [*LEARNER, "管理画面"]


def test_the_menu_costs_one_query(client, django_assert_num_queries) -> None:
    client.force_login(PersonFactory(roles=[Role.TRAINING_ADMIN]))
    # Session, person, and the menu.
    with django_assert_num_queries(3):
        assert menu(client, "/account/password/") == [*LEARNER, "レポート", "管理画面"]


def test_a_stranger_sees_no_menu(client) -> None:
    assert menu(client, "/account/login/") == []


def test_the_menu_marks_where_one_is(client) -> None:
    client.force_login(PersonFactory())
    page = client.get("/").text
    assert len(re.findall(r'href="/"\s+aria-current="page"', page)) == 2  # Wide and narrow.
    assert (
        'aria-current="page"'
        not in re.search(r'<nav class="side".*?</nav>', client.get("/account/").text, re.DOTALL)[0]
    )


def test_every_page_can_be_skipped_into_and_names_itself_once(client) -> None:
    client.force_login(PersonFactory(is_superuser=True))
    for path in ("/", "/account/", "/account/password/", "/components/"):
        page = client.get(path).text
        assert 'href="#main"' in page
        assert 'id="main"' in page
        assert page.count("<h1") == 1


def test_htmx_is_told_to_stay_at_home(client) -> None:
    page = client.get("/account/login/").text
    for rule in ('"allowEval": false', '"selfRequestsOnly": true'):
        assert rule in page
    assert "<style" not in page


def test_the_components_are_shown_to_whoever_may_use_the_administration(client) -> None:
    assert client.get("/components/").url == "/account/login/?next=/components/"
    client.force_login(PersonFactory())
    assert client.get("/components/").status_code == 403
    client.force_login(PersonFactory(roles=[Role.AUTHOR]))
    page = client.get("/components/").text
    for part in ("button--danger", "tag--late", "notice--error", "pagination__current", "empty"):
        assert part in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
