"""What people see when something does not work: what happened, and what to do.

Django calls these by the names of their arguments.
"""

import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
BUSY = (OperationalError, InterfaceError)
SECONDS_TO_WAIT = 30


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if isinstance(exception, TOO_LARGE):
        return _plain("400.html", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large=True)
    return _plain("400.html", HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "403.html", status=HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Neither the database nor a context processor is asked: one of them may be the fault."""
    if isinstance(sys.exc_info()[1], BUSY):
        response = _plain("503.html", HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = str(SECONDS_TO_WAIT)
        return response
    return _plain("500.html", HTTPStatus.INTERNAL_SERVER_ERROR)


def _plain(template: str, status: int, **context: Any) -> HttpResponse:
    return HttpResponse(
        render_to_string(template, {"now": timezone.now(), **context}), status=status
    )
