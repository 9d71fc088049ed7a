"""A file sent in parts, as players ask for it (RFC 9110, section 14)."""

import re
from http import HTTPStatus
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# One range of bytes; several at once are answered with the whole file, as the RFC allows.
ONE_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# A player asks for the rest and lets it wait while it plays. Answers of this size free the worker
# at once, and the player asks again when it needs more.
MOST = 1024 * 1024


def in_parts(
    request: HttpRequest, file: IO[bytes], *, size: int, content_type: str, version: str
) -> HttpResponseBase:
    """The range asked for, at most MOST bytes of it, or the whole file when none is.

    ``version`` names these very bytes: a player that began with others gets the whole file.
    """
    tag = f'"{version}"'
    asked = ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    first, last = asked.groups() if asked else ("", "")
    is_one = bool(first or last) and not (first and last and int(last) < int(first))
    if is_one and request.headers.get("If-Range", tag) == tag:
        response = _part(file, first, last, size=size, content_type=content_type)
    else:
        response = FileResponse(file, content_type=content_type)
        response["Content-Length"] = size
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    return response


def _part(
    file: IO[bytes], first: str, last: str, *, size: int, content_type: str
) -> HttpResponseBase:
    with file:
        if first:
            start, end = int(first), int(last) if last else size - 1
        else:
            start, end = max(0, size - int(last)), size - 1
        end = min(end, size - 1)
        if start > end:
            return HttpResponse(
                status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                headers={"Content-Range": f"bytes */{size}"},
            )
        end = min(end, start + MOST - 1)
        file.seek(start)
        return HttpResponse(
            file.read(end - start + 1),
            status=HTTPStatus.PARTIAL_CONTENT,
            content_type=content_type,
            headers={"Content-Range": f"bytes {start}-{end}/{size}"},
        )
