import pytest
from django.test import Client
from django.urls import reverse
from wagtail.admin.widgets import AdminDateInput, AdminPageChooser
from wagtail.admin.widgets.workflows import AdminTaskChooser

from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


def policy(client: Client, path: str) -> dict[str, str]:
    written = client.get(path).headers["Content-Security-Policy"]
    return dict(rule.split(" ", 1) for rule in written.split("; "))


@pytest.mark.parametrize("path", ["/account/login/", "/no-such-page/"])
def test_a_page_of_ours_loads_nothing_but_our_own_files(client: Client, path: str) -> None:
    rules = policy(client, path)
    assert rules["default-src"] == "'none'"
    for directive in ("script-src", "style-src", "connect-src", "form-action"):
        assert rules[directive] == "'self'"
    assert rules["frame-ancestors"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == "'none'"


def test_the_admin_runs_no_inline_script_either(client: Client) -> None:
    client.force_login(PersonFactory.create(is_superuser=True))
    rules = policy(client, reverse("wagtailadmin_home"))
    assert rules["script-src"] == "'self'"
    assert rules["style-src"] == "'self'"
    assert rules["style-src-elem"] == "'self' 'unsafe-inline'"


def test_other_headers_of_a_page(client: Client) -> None:
    headers = client.get("/account/login/").headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]


def test_what_is_no_page_may_load_nothing(client: Client) -> None:
    rules = policy(client, "/healthz")
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules


@pytest.mark.parametrize(
    ("widget", "starts"),
    [
        (AdminDateInput(), "initDateChooser"),
        (AdminPageChooser(), "PageChooser"),
        (AdminTaskChooser(), "createTaskChooser"),
    ],
)
def test_a_widget_of_the_admin_starts_without_inline_script(
    widget: AdminDateInput, starts: str
) -> None:
    html = widget.render("day", None, attrs={"id": "id_day"})
    assert "<script" not in html
    assert f'data-start-call-value="{starts}"' in html
    assert "id_day" in html


def test_names_cannot_break_out_of_what_a_widget_starts_with() -> None:
    html = AdminDateInput().render("day", None, attrs={"id": '"></template><b>'})
    assert "<b>" not in html
