"""Full text search that finds Japanese in mid-sentence, on SQLite and on PostgreSQL.

Both databases cut text at spaces, which Japanese does not have. So text is cut into pairs of
characters before it is indexed, and what somebody types is cut in the same way (``words``); the
rest is Wagtail's own search: its index table, its signals, ``manage.py update_index``. What is
found is shown with the words marked (``passages``).
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 - the name that Wagtail looks for
    """The backend for the database in use; each one only imports on its own database."""
    if connection.vendor == "sqlite":
        from lms.core.search.sqlite import JapaneseSQLiteBackend

        return JapaneseSQLiteBackend(params)
    if connection.vendor == "postgresql":
        from lms.core.search.postgresql import JapanesePostgresBackend

        return JapanesePostgresBackend(params)
    raise ImproperlyConfigured(f"Search works on SQLite and PostgreSQL, not on {connection.vendor}")
