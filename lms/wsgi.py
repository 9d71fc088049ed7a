import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.base")

application = get_wsgi_application()
# Load every view now and not in the first request: with --preload once for all workers.
get_resolver().url_patterns  # noqa: B018
