import pytest
from django.test import Client

from tests.factories.people import PersonFactory

FAILING = pytest.mark.urls("tests.home.urls_that_fail")


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@FAILING
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "what_happened", "what_to_do"),
    [
        ("/fails/crash/", 500, "システムで問題が起きました", "もう一度お試しください。"),
        ("/fails/database/", 503, "ただいま混み合っているか", "30秒ほど待ってから"),
        ("/fails/suspicious/", 400, "送信内容を読み取れませんでした", "読み込み直してから"),
        ("/fails/forbidden/", 403, "この画面を開く権限がありません", "人財課または管理者に"),
        ("/nothing-here/", 404, "ページが見つかりません", "アドレスを確かめてください。"),
    ],
)
def test_a_failure_says_what_happened_and_what_to_do(
    visitor: Client, path: str, status: int, what_happened: str, what_to_do: str
) -> None:
    visitor.force_login(PersonFactory())
    response = visitor.get(path)
    assert response.status_code == status
    assert what_happened in response.text
    assert what_to_do in response.text
    assert '<html lang="ja"' in response.text
    assert response.text.count("<h1") == 1
    assert "secret detail" not in response.text


@FAILING
@pytest.mark.parametrize("path", ["/fails/crash/", "/fails/database/", "/fails/suspicious/"])
def test_these_pages_need_no_database(visitor: Client, path: str) -> None:
    """Without the django_db mark any query fails the test."""
    response = visitor.get(path)
    assert response.status_code in (400, 500, 503)
    assert "職員研修システム" in response.text


@FAILING
def test_a_busy_database_says_when_to_come_back(visitor: Client) -> None:
    assert visitor.get("/fails/database/").headers["Retry-After"] == "30"


@FAILING
@pytest.mark.django_db
def test_in_english_the_failure_is_told_in_english(visitor: Client) -> None:
    visitor.cookies["django_language"] = "en"
    assert "Something went wrong here" in visitor.get("/fails/crash/").text


@pytest.mark.django_db
def test_the_menu_is_still_there_when_a_page_is_not(visitor: Client) -> None:
    person = PersonFactory(name="髙﨑　美咲")
    visitor.force_login(person)
    assert "髙﨑　美咲" in visitor.get("/nothing-here/").text
    visitor.logout()
    anonymous = visitor.get("/nothing-here/").text
    assert "サインインすると開けることがあります。" in anonymous
    assert "主なメニュー" not in anonymous


@pytest.mark.django_db
def test_a_form_that_was_open_too_long_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/account/login/", {"username": "1", "password": "x"})
    assert response.status_code == 403
    assert "画面を開いてから時間がたちすぎました" in response.text
    assert "何も保存していません。" in response.text


@pytest.mark.django_db
def test_what_is_too_large_is_refused_with_a_reason(visitor: Client, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = visitor.post("/account/login/", {"username": "1" * 2000, "password": "x"})
    assert response.status_code == 413
    assert "送信した内容が大きすぎます" in response.text
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    response = visitor.post("/account/login/", {f"field{n}": "x" for n in range(5)})
    assert response.status_code == 413
