"""The product's addresses, and some that fail the way production can."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from lms.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def crash(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret detail")


def database_away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


urlpatterns = [
    path("fails/crash/", crash),
    path("fails/database/", database_away),
    path("fails/forbidden/", forbidden),
    path("fails/suspicious/", suspicious),
    *urlpatterns,
]
