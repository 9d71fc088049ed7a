import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

NAMES = {"database", "migrations", "cache", "data_dir"}


def test_healthz_answers_without_any_database(client) -> None:
    """Without the django_db mark any query fails the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_readyz_is_ok_when_everything_is(client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "checks": dict.fromkeys(NAMES, "ok")}


@pytest.mark.django_db
def test_readyz_names_a_migration_that_is_missing(client) -> None:
    MigrationRecorder(connection).record_unapplied("home", "0002_notices")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == dict.fromkeys(NAMES, "ok") | {"migrations": "failed"}


@pytest.mark.django_db
def test_readyz_names_a_data_folder_that_is_gone(client, settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["data_dir"] == "failed"
    assert str(tmp_path) not in response.text


@pytest.mark.django_db
def test_readyz_names_a_cache_that_keeps_nothing(client, settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["cache"] == "failed"


def test_readyz_says_so_when_the_database_is_away(client) -> None:
    """Without the django_db mark every query fails, as it does when the database is away."""
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "failed"


def test_the_probe_leaves_nothing_in_the_data_folder(client, db, settings) -> None:
    before = set(settings.DATA_DIR.iterdir())
    client.get("/readyz")
    assert set(settings.DATA_DIR.iterdir()) == before


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_only_reads(client, db, path: str) -> None:
    assert client.post(path).status_code == 405
