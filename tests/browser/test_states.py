"""Our pages when they hold nothing, when a form is wrong, and when everything is long.

Nothing is wider than the screen, on a phone and on a desk, and axe finds nothing; what went wrong
is said beside the field, and the keyboard is where it is said.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page

from lms.home.domain.setup import create_setup_link
from lms.people.enums import TextSize
from lms.people.models import Person
from tests.browser.in_process import HOST, answer_from
from tests.browser.long_office import TITLE, LongOffice, office, office_built
from tests.factories.people import PersonFactory

__all__ = ["office", "office_built"]  # fixtures

pytestmark = pytest.mark.browser

WIDTHS = (320, 1280)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def show(page: Page, answer: HttpResponse, client: Client) -> None:
    """What was answered to a form, as the browser shows it."""
    answer_from(page, client)
    page.route(
        f"{HOST}/shown/",
        lambda route: route.fulfill(
            status=answer.status_code,
            headers={name: value for name, value in answer.items() if name != "Content-Length"},
            body=answer.content,
        ),
    )
    page.goto(f"{HOST}/shown/")


def accept(page: Page) -> None:
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{width} px, wider than the screen")
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    wrong += [
        f"{found['id']}: {node['target']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]
    if page.locator("h1").count() != 1:
        wrong.append("not exactly one h1")
    assert not wrong, page.url


# Empty

EMPTY = {
    "/": "割り当てられた研修は、まだありません。",
    "/courses/": "今、受講が必要な研修はありません",
    "/certificates/": "修了証は、まだありません",
    "/notices/": "お知らせはありません",
    "/search/": "検索結果はここに表示されます",
    "/search/?q=ありもしない": "見つかりません",
    "/account/": "発令の登録はありません。",
    "/account/record/": "まだ記録はありません",
    "/account/record/?of=lists": "まだ記録はありません",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", EMPTY)
def test_nothing_yet(page: Page, client: Client, path: str) -> None:
    client.force_login(PersonFactory.create())
    answer_from(page, client)
    page.goto(f"{HOST}{path}")
    assert EMPTY[path] in page.locator("main").inner_text()
    accept(page)


# Wrong

WRONG_FORMS = {
    "nothing typed at sign-in": ("/account/login/", {"username": "", "password": ""}, False, 2),
    "a wrong password": ("/account/login/", {"username": "000001", "password": "x"}, False, 0),
    "no password that holds": (
        "/account/password/",
        {"old_password": "x", "new_password1": "password", "new_password2": "word"},
        True,
        2,
    ),
    "a report of no day": ("/reports/completion/?as_of=2026-13-45&year=1", {}, True, 2),
    "a day to come": ("/reports/completion/?as_of=2999-01-01", {}, True, 1),
}
AS_TOLD = """inputs => inputs.map(input => (input.getAttribute("aria-describedby") || "")
  .split(" ").map(id => document.getElementById(id)?.textContent ?? "?").join(" "))"""


def is_told(page: Page, wrong_fields: int) -> None:
    """The keyboard is at the summary; each wrong field says what is wrong with it."""
    summary = page.locator("[role=alert]")
    assert summary.evaluate("box => box === document.activeElement")
    fields = page.locator("main [aria-invalid=true]")
    assert fields.count() == wrong_fields
    for described, link in zip(
        fields.evaluate_all(AS_TOLD), summary.locator("li").all(), strict=True
    ):
        name, _, error = link.inner_text().partition("：")
        assert name.strip()
        assert error.strip() in described
        target = link.locator("a").get_attribute("href") or ""
        assert page.locator(target).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("case", WRONG_FORMS)
def test_a_wrong_form(page: Page, client: Client, case: str) -> None:
    path, data, is_signed_in, wrong_fields = WRONG_FORMS[case]
    if is_signed_in:
        client.force_login(PersonFactory.create(is_superuser=True))
    show(page, client.post(path, data) if data else client.get(path), client)
    is_told(page, wrong_fields)
    accept(page)


@pytest.mark.django_db
def test_the_first_administrator_chose_badly(page: Page, client: Client) -> None:
    path = create_setup_link(at=timezone.now())
    wrong = {"employee_number": "髙", "name": "", "password1": "abc", "password2": "abd"}
    show(page, client.post(path, wrong), client)
    is_told(page, page.locator("[role=alert] li").count())
    accept(page)


@pytest.mark.django_db
def test_a_code_of_no_certificate(page: Page, client: Client) -> None:
    show(page, client.get("/certificates/verify/?code=あ", follow=True), client)
    accept(page)


@pytest.mark.django_db
@pytest.mark.urls("tests.home.urls_that_fail")
@pytest.mark.parametrize(
    ("failure", "is_signed_in"),
    [
        ("crash", False),
        ("database", False),
        ("suspicious", False),
        ("forbidden", True),
        ("nowhere", True),
        ("nowhere", False),
    ],
)
def test_a_failure(page: Page, failure: str, is_signed_in: bool) -> None:
    client = Client(raise_request_exception=False)
    if is_signed_in:
        client.force_login(PersonFactory.create(name=TITLE[:100]))
    show(page, client.get(f"/fails/{failure}/"), client)
    accept(page)


@pytest.mark.django_db
def test_a_form_open_for_too_long(page: Page) -> None:
    client = Client(enforce_csrf_checks=True)
    show(page, client.post("/account/login/", {"username": "1"}), client)
    accept(page)


@pytest.mark.django_db
def test_too_large(page: Page, client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    show(page, client.post("/account/login/", {"username": "1" * 20}), client)
    accept(page)


# Wagtail's breadcrumb alone holds the title of a snippet's editor.
OF_WAGTAIL = {"aria-input-field-name", "page-has-heading-one", "aria-required-parent"}
WRONG_DESKS = {
    "people_rosters": {"as_of": "きのう"},
    "people_passwords": {"numbers": ""},
    "notice:add": {"title": "", "starts_on": "x"},
    "offering:add": {"fiscal_year": "", "opens_on": "x"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRONG_DESKS)
def test_a_wrong_form_at_a_desk(page: Page, client: Client, name: str) -> None:
    client.force_login(PersonFactory.create(is_superuser=True))
    show(page, client.post(reverse(name), WRONG_DESKS[name]), client)
    assert page.locator(".error-message").count() >= 1
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    assert not [
        f"{found['id']}: {node['target']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
        if found["id"] not in OF_WAGTAIL
    ]


# Long

LONG = {
    "learner": (
        "/",
        "/courses/",
        "/courses/long/",
        "/courses/long/lesson/",
        "/courses/long/quiz/",
        "attempt",
        "review",
        "result",
        "/certificates/",
        "certificate",
        "/account/",
        "/account/record/",
        "/notices/",
        "notice",
        "/search/?q=特定個人情報",
    ),
    "head": ("/", "/reports/completion/", "report", "report&by=position"),
    "hr": ("/search/?q=勘解由小路&kind=people", "report&by=person&page=2"),
}


@pytest.mark.parametrize(
    ("who", "where"), [(who, where) for who, pages in LONG.items() for where in pages]
)
def test_everything_is_long(page: Page, office: LongOffice, who: str, where: str) -> None:
    name, more, query = where.partition("&")
    path = office.addresses[name] + more + query if name in office.addresses else where
    person: Person = getattr(office, who)
    answer_from(page, office.client(person))
    answer = page.goto(f"{HOST}{path}")
    assert answer
    assert answer.status == 200
    assert page.locator("html").get_attribute("data-text-size") == "largest"
    accept(page)


@pytest.mark.parametrize("where", ["/reports/completion/", "report"])
def test_on_a_phone_a_report_begins_with_the_rates(
    page: Page, office: LongOffice, where: str
) -> None:
    Person.objects.filter(pk=office.head.pk).update(text_size=TextSize.NORMAL)
    answer_from(page, office.client(office.head))
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{HOST}{office.addresses.get(where, where)}")
    rates = page.locator("tbody .report-rate span:visible")
    assert rates.count() >= 1
    for rate in rates.all():
        box = rate.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 375
    caption = page.locator("caption").first.evaluate("one => one.getBoundingClientRect().right")
    assert caption <= 375
