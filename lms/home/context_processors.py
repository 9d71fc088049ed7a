from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(_request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs."""
    return {"product_name": settings.WAGTAIL_SITE_NAME, "is_demo": settings.DEMO}
