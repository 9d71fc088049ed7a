"""Settings of the test suite: SQLite in memory unless DATABASE_URL names another database."""

import os
import tempfile

os.environ.setdefault("LMS_DATA_DIR", tempfile.mkdtemp(prefix="lms-test-"))

from lms.settings.base import *  # noqa: F403
from lms.settings.base import BASE_DIR, DATA_DIR, DATABASES, env

SECRET_KEY = "only for tests"  # noqa: S105
SITE_URL = "http://testserver"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
# Kept between runs: making the faces takes 15 seconds.
FONTS_DIR = BASE_DIR / "var" / "fonts"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Tests run jobs by calling them; no worker listens.
WAKE_WORKER = False

# A file name keeps the test database between runs (pytest --reuse-db).
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", "") or None}
