"""Settings of a production installation: PostgreSQL, Redis, TLS in front.

Refuses to start while a setting is missing or unsafe, and names every one that is.
"""

from django.core.exceptions import ImproperlyConfigured

from lms.settings.base import *  # noqa: F403
from lms.settings.base import env

MINIMUM_KEY_LENGTH = 50


def _problems() -> list[str]:
    problems = []
    if len(env.str("SECRET_KEY", "")) < MINIMUM_KEY_LENGTH:
        problems.append(f"SECRET_KEY: set it to {MINIMUM_KEY_LENGTH} or more random characters.")
    hosts = env.list("ALLOWED_HOSTS", default=[])
    if not hosts:
        problems.append("ALLOWED_HOSTS: set it to the host names of this site.")
    elif "*" in hosts:
        problems.append("ALLOWED_HOSTS: name the hosts; '*' accepts forged ones.")
    if not env.str("DATABASE_URL", "").startswith(("postgres://", "postgresql://")):
        problems.append("DATABASE_URL: set it to postgres://user:password@host:5432/name.")
    if not env.str("CELERY_BROKER_URL", "").startswith(("redis://", "rediss://")):
        problems.append("CELERY_BROKER_URL: set it to redis://host:6379/0.")
    if not env.str("CACHE_URL", "").startswith(("redis://", "rediss://", "rediscache://")):
        problems.append("CACHE_URL: set it to redis://host:6379/1.")
    if not env.str("EMAIL_URL", "").startswith(("smtp://", "smtp+tls://", "smtp+ssl://")):
        problems.append("EMAIL_URL: set it to smtp://host:25 or smtp+tls://user:password@host:587.")
    if not env.str("SITE_URL", "").startswith("https://"):
        problems.append("SITE_URL: set it to the https:// address that people type.")
    if not env.str("LMS_DATA_DIR", ""):
        problems.append("LMS_DATA_DIR: set it to the folder that holds uploads and fonts.")
    if env.bool("LMS_DEMO", default=False):
        problems.append("LMS_DEMO: remove it; demo accounts have published passwords.")
    return problems


if _found := _problems():
    raise ImproperlyConfigured("Cannot start in production:\n- " + "\n- ".join(_found))

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# A probe on the machine itself speaks plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# The admin shows previews of pages in frames of the same site.
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
