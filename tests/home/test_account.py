import json
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from lms.core.addresses import networks
from lms.core.models import AuditEntry
from lms.home.domain.throttle import MAX_FAILURES
from lms.people.models import Person
from tests.factories.people import (
    PASSWORD,
    AppointmentFactory,
    LeaveFactory,
    PersonFactory,
    PostingFactory,
    make_unit,
)

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
REFUSED = "職員番号とパスワードの組み合わせが一致しません。"
HELD_BACK = "サインインに10回失敗しました。"
NEW = "neko kasa densha"


def sign_in(client, number: str, password: str = PASSWORD, **extra: str):
    return client.post(LOGIN, {"username": number, "password": password, **extra})


class TestSignIn:
    def test_leads_to_my_page(self, client) -> None:
        person = PersonFactory(employee_number="000123")
        response = sign_in(client, "000123")
        assert response.url == "/"
        assert get_user(client) == person

    @pytest.mark.parametrize("typed", ["０００１２３", " 000123 ", "000１２３"])
    def test_takes_the_number_as_an_input_method_leaves_it(self, client, typed: str) -> None:
        PersonFactory(employee_number="000123")
        assert sign_in(client, typed).status_code == 302

    def test_keeps_leading_zeros_apart(self, client) -> None:
        PersonFactory(employee_number="000123")
        assert REFUSED in sign_in(client, "123").text

    @pytest.mark.parametrize(("number", "password"), [("000123", "wrong"), ("999999", PASSWORD)])
    def test_never_tells_which_of_the_two_was_wrong(
        self, client, number: str, password: str
    ) -> None:
        PersonFactory(employee_number="000123")
        page = sign_in(client, number, password).text
        assert REFUSED in page
        assert password not in page

    def test_notes_a_wrong_password_in_the_audit_log(self, client) -> None:
        person = PersonFactory(employee_number="000123")
        sign_in(client, "000123", "wrong")
        entry = AuditEntry.objects.get(action="sign_in.failed")
        assert entry.subject_person_id == person.pk
        assert entry.detail == {"address": "127.0.0.1"}

    def test_a_number_that_nobody_has_is_not_kept(self, client) -> None:
        sign_in(client, "my-secret-password", "x")
        entry = AuditEntry.objects.get(action="sign_in.failed")
        assert "my-secret-password" not in json.dumps(entry.detail) + entry.subject

    def test_somebody_who_may_not_sign_in_is_refused(self, client) -> None:
        PersonFactory(employee_number="000123", is_active=False)
        assert REFUSED in sign_in(client, "000123").text

    def test_an_empty_form_names_both_fields(self, client) -> None:
        page = sign_in(client, "", "").text
        assert page.count("この項目を入力してください。") >= 2
        assert not AuditEntry.objects.exists()

    def test_goes_on_to_the_page_that_was_asked_for(self, client) -> None:
        PersonFactory(employee_number="1")
        page = client.get("/account/")
        assert page.url == f"{LOGIN}?next=/account/"
        assert sign_in(client, "1", next="/account/").url == "/account/"

    @pytest.mark.parametrize(
        "elsewhere",
        ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example", ""],
    )
    def test_never_leads_to_another_site(self, client, elsewhere: str) -> None:
        PersonFactory(employee_number="1")
        assert 'value="https' not in client.get(LOGIN, {"next": elsewhere}).text
        assert sign_in(client, "1", next=elsewhere).url == "/"

    def test_whoever_is_signed_in_goes_to_my_page_and_never_in_circles(self, client) -> None:
        client.force_login(PersonFactory())
        assert client.get(LOGIN, {"next": "/cms/"}).url == "/"
        page = client.get("/cms/", follow=True)
        assert page.redirect_chain[-1][0] == "/"

    def test_ten_wrong_passwords_close_the_door_for_a_while(self, client, time_machine) -> None:
        PersonFactory(employee_number="000123")
        time_machine.move_to("2026-11-23T15:00:00+09:00", tick=False)
        for _ in range(MAX_FAILURES):
            assert REFUSED in sign_in(client, "000123", "wrong").text
        assert HELD_BACK in sign_in(client, "000123").text
        assert HELD_BACK in sign_in(client, "０００１２３").text
        time_machine.move_to("2026-11-23T15:14:59+09:00", tick=False)
        assert HELD_BACK in sign_in(client, "000123").text
        time_machine.move_to("2026-11-23T15:15:01+09:00", tick=False)
        assert sign_in(client, "000123").status_code == 302

    def test_held_back_is_one_number_at_one_address(self, client) -> None:
        PersonFactory(employee_number="000123")
        PersonFactory(employee_number="000124")
        for _ in range(MAX_FAILURES):
            sign_in(client, "000123", "wrong")
        elsewhere = client.post(
            LOGIN, {"username": "000123", "password": PASSWORD}, REMOTE_ADDR="10.0.0.2"
        )
        assert elsewhere.status_code == 302
        client.logout()
        assert sign_in(client, "000124").status_code == 302

    def test_a_right_password_starts_the_count_anew(self, client) -> None:
        PersonFactory(employee_number="000123")
        for _ in range(2):
            for _ in range(MAX_FAILURES - 1):
                sign_in(client, "000123", "wrong")
            assert sign_in(client, "000123").status_code == 302
            client.logout()


class TestDemoAccounts:
    @pytest.fixture
    def accounts_file(self):
        path = settings.DATA_DIR / "demo_accounts.json"
        account = {"role": "職員", "employee_number": "100001", "password": "p", "name": "髙﨑"}
        path.write_text(json.dumps([account]), encoding="utf-8")
        yield path
        path.unlink()

    def test_are_listed_in_a_demo(self, client, settings, accounts_file) -> None:
        settings.DEMO = True
        page = client.get(LOGIN).text
        assert "100001" in page
        assert "サンプルデータ（架空）" in page

    def test_are_never_listed_elsewhere(self, client, settings, accounts_file) -> None:
        settings.DEMO = False
        page = client.get(LOGIN).text
        assert "100001" not in page
        assert "サンプルデータ" not in page


class TestSignOut:
    def test_is_a_button_and_never_a_link(self, client) -> None:
        client.force_login(PersonFactory())
        assert client.get(reverse("logout")).status_code == 405
        assert get_user(client).is_authenticated
        assert client.post(reverse("logout")).url == LOGIN
        assert not get_user(client).is_authenticated
        assert "サインアウトしました。" in client.get(LOGIN).text


class TestPassword:
    def change(self, client, old: str = PASSWORD, new: str = NEW, again: str | None = None):
        return client.post(
            "/account/password/",
            {"old_password": old, "new_password1": new, "new_password2": again or new},
        )

    def test_is_changed_and_the_person_stays_signed_in(self, client) -> None:
        person = PersonFactory()
        client.force_login(person)
        assert self.change(client).url == "/"
        assert get_user(client) == person
        assert "パスワードを変更しました。" in client.get("/account/").text
        person.refresh_from_db()
        assert person.check_password(NEW)
        assert AuditEntry.objects.get(action="password.changed").actor_id == person.pk

    @pytest.mark.parametrize(
        ("old", "new", "again", "sentence"),
        [
            ("wrong", NEW, NEW, "現在のパスワードと一致しません。"),
            (PASSWORD, NEW, NEW + "x", "2つの新しいパスワードが違います。"),
            (PASSWORD, "neko", "neko", "短すぎます"),
            (PASSWORD, "password123", "password123", "多くの人が使うパスワードです。"),
            (PASSWORD, "12345678901", "12345678901", "似ていないパスワードにしてください。"),
            (PASSWORD, PASSWORD, PASSWORD, "現在のパスワードと同じです。"),
        ],
    )
    def test_one_that_breaks_a_rule_is_refused_with_what_to_do(
        self, client, old: str, new: str, again: str, sentence: str
    ) -> None:
        person = PersonFactory(employee_number="12345678901")
        client.force_login(person)
        response = self.change(client, old, new, again)
        assert response.status_code == 200
        assert sentence in response.text
        person.refresh_from_db()
        assert person.check_password(PASSWORD)

    def test_says_its_rules_before_anything_is_typed(self, client) -> None:
        client.force_login(PersonFactory())
        assert "10文字以上にしてください。" in client.get("/account/password/").text

    @pytest.mark.parametrize("path", ["/", "/account/", "/courses/", "/cms/", "/components/"])
    def test_whoever_must_choose_one_is_led_there_from_everywhere(self, client, path: str) -> None:
        client.force_login(PersonFactory(must_change_password=True, is_superuser=True))
        assert client.get(path).url == "/account/password/"
        fragment = client.get(path, headers={"HX-Request": "true"})
        assert fragment.headers["HX-Redirect"] == "/account/password/"
        assert fragment.content == b""

    def test_whoever_must_choose_one_can_still_leave(self, client) -> None:
        client.force_login(PersonFactory(must_change_password=True))
        page = client.get("/account/password/")
        assert "はじめに、自分のパスワードを決めてください。" in page.text
        assert client.post("/account/logout/").url == LOGIN

    def test_having_chosen_one_everything_opens(self, client) -> None:
        person = PersonFactory(must_change_password=True)
        client.force_login(person)
        self.change(client)
        assert client.get("/").status_code == 200
        assert not Person.objects.get(pk=person.pk).must_change_password


class TestLanguage:
    def test_is_japanese_whatever_the_browser_asks_for(self, client) -> None:
        page = client.get(LOGIN, headers={"Accept-Language": "en-US,en"})
        assert '<html lang="ja"' in page.text

    def test_is_switched_to_english_and_back(self, client) -> None:
        response = client.post("/account/language/", {"language": "en", "next": LOGIN})
        assert response.url == LOGIN
        page = client.get(LOGIN).text
        assert '<html lang="en">' in page
        assert "Sign in" in page
        client.post("/account/language/", {"language": "ja", "next": LOGIN})
        assert "サインイン" in client.get(LOGIN).text

    def test_switching_never_leads_to_another_site(self, client) -> None:
        response = client.post(
            "/account/language/", {"language": "en", "next": "https://evil.example/"}
        )
        assert response.url == "/"

    def test_follows_its_person_to_another_machine(self, client) -> None:
        person = PersonFactory(employee_number="000123")
        client.force_login(person)
        client.post("/account/language/", {"language": "en", "next": "/account/"})
        person.refresh_from_db()
        assert person.language == "en"
        elsewhere = Client()
        told = {"username": "000123", "password": PASSWORD}
        page = elsewhere.post(LOGIN, told, follow=True).text
        assert "My page" in page

    def test_does_not_stay_for_the_next_person_at_the_same_machine(self, client) -> None:
        client.force_login(PersonFactory())
        client.post("/account/language/", {"language": "en", "next": "/"})
        assert "マイページ" not in client.get("/").text
        assert "サインイン" in client.post("/account/logout/", follow=True).text

    def test_a_get_or_an_unknown_language_changes_nothing(self, client) -> None:
        person = PersonFactory()
        client.force_login(person)
        client.get("/account/language/?language=en")
        client.post("/account/language/", {"language": "xx"})
        person.refresh_from_db()
        assert person.language == ""

    def test_a_cookie_that_names_no_language_does_no_harm(self, client) -> None:
        client.cookies["django_language"] = "xx"
        assert '<html lang="ja">' in client.get(LOGIN).text


class TestOwnData:
    def test_shows_what_is_held_exactly_and_what_for(self, client, on_today) -> None:
        person = PersonFactory(
            employee_number="000123",
            name="髙﨑　德子\U00020bb7",
            name_kana="タカサキ　ノリコ",
            email="noriko@example.lg.jp",
        )
        PostingFactory(person=person, unit=make_unit("市民税課"))
        LeaveFactory(person=person)
        AppointmentFactory(person=person, unit=make_unit("総務課"))
        client.force_login(person)
        page = client.get("/account/").text
        for fact in ("000123", "髙﨑　德子\U00020bb7", "タカサキ　ノリコ", "noriko@example.lg.jp"):
            assert fact in page
        for fact in ("市民税課", "令和2年4月1日", "一覧の並べ替えに使います。", "育休"):
            assert fact in page

    def test_a_transfer_that_is_not_public_yet_is_not_shown(self, client, on_today) -> None:
        person = PersonFactory()
        PostingFactory(
            person=person,
            unit=make_unit("秘密の部署"),
            starts_on="2027-04-01",
            public_on="2027-03-24",
        )
        client.force_login(person)
        assert "秘密の部署" not in client.get("/account/").text

    def test_nobody_sees_it_without_signing_in(self, client) -> None:
        assert client.get("/account/").url == f"{LOGIN}?next=/account/"


class TestAddressBehindProxies:
    """Ten wrong passwords from one machine hold back that machine, whoever stands in between."""

    PROXY = "10.1.1.1"

    def held_back(self, client: Client, forwarded: str) -> bool:
        page = client.post(
            LOGIN,
            {"username": "000123", "password": PASSWORD},
            REMOTE_ADDR=self.PROXY,
            headers={"X-Forwarded-For": forwarded},
        )
        return page.status_code != 302

    def fail_ten_times(self, client: Client, forwarded: str) -> None:
        for _time in range(10):
            client.post(
                LOGIN,
                {"username": "000123", "password": "wrong"},
                REMOTE_ADDR=self.PROXY,
                headers={"X-Forwarded-For": forwarded},
            )

    @pytest.mark.parametrize(
        ("attacker", "colleague", "is_held_back"),
        [
            ("192.0.2.7", "192.0.2.8", False),
            ("192.0.2.7", "192.0.2.7", True),
            ("1.1.1.1, 192.0.2.7", "2.2.2.2, 192.0.2.7", True),
            ("2001:db8::7", "2001:db8::8", False),
            ("", "", True),
        ],
    )
    def test_counts_the_machine(
        self, client: Client, settings: Any, attacker: str, colleague: str, is_held_back: bool
    ) -> None:
        settings.TRUSTED_PROXIES = networks([self.PROXY])
        PersonFactory(employee_number="000123")
        self.fail_ten_times(client, attacker)
        assert self.held_back(client, colleague) is is_held_back

    def test_believes_nobody_else(self, client: Client) -> None:
        PersonFactory(employee_number="000123")
        self.fail_ten_times(client, "192.0.2.7")
        assert self.held_back(client, "192.0.2.8")
