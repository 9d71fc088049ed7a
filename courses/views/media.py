"""Uploaded pictures and their renditions, for whoever is signed in."""

from pathlib import PurePosixPath

from django.contrib.auth.decorators import login_required
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

# Documents have a view of their own, which knows who may read them.
SERVED = {"images", "original_images"}
TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


@login_required
@require_safe
def media(_request: HttpRequest, path: str) -> FileResponse:
    """A picture, and nothing but pictures: other files under the folder are not served here."""
    name = PurePosixPath(path)
    content_type = TYPES.get(name.suffix.lower())
    if content_type is None or name.parts[0] not in SERVED or ".." in name.parts:
        raise Http404
    try:
        file = default_storage.open(path)
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise Http404 from error
    response = FileResponse(file, content_type=content_type)
    # A picture that somebody uploaded must not run anything, even when opened by itself.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400"
    return response
