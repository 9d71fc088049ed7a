"""For whoever watches the installation: no personal data, nothing to sign in for."""

import logging
import tempfile
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process is alive. Asks nothing of anything else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether it can serve people now; 503 names what cannot."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "migrations": _migrations,
        "cache": _cache,
        "data_dir": _data_dir,
    }
    results = {name: "ok" if _holds(name, check) else "failed" for name, check in checks.items()}
    ready = "failed" not in results.values()
    return JsonResponse(
        {"status": "ok" if ready else "failed", "checks": results}, status=200 if ready else 503
    )


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        # Whatever goes wrong is the answer; what it was stays in the log.
        logger.exception("Not ready: %s", name)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _cache() -> bool:
    sign = timezone.now().isoformat()
    cache.set("readyz", sign, 60)
    return cache.get("readyz") is not None


def _data_dir() -> bool:
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as probe:
        probe.write(b"ok")
    return True
