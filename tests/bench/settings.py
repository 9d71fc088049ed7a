"""The embedded product's settings, with the bare page beside it."""

from lms.settings.base import *  # noqa: F403
from lms.settings.base import INSTALLED_APPS, STATIC_ROOT, STORAGES, TEMPLATES

DEMO = True
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench.bare"]
TEMPLATES = [TEMPLATES[0] | {"APP_DIRS": True}]
# Names of static files with their hash need collectstatic, which nothing here waits for.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
STATIC_ROOT.mkdir(exist_ok=True)
WAKE_WORKER = False
# What a new Wagtail project starts with; the bare page is served through these alone.
BARE_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
]
