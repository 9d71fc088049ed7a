from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

Policy = dict[str, str]
# Nothing but our own files, and nothing inline: an injected script or style does not run.
OURS: Policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}
# The admin shows previews in a frame and pictures before they are uploaded, and its editors write
# style elements into the page. No script of it is inline: lms.core.widgets sees to that.
ADMIN: Policy = OURS | {
    "style-src-elem": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "frame-src": "'self'",
}
# What is shown by itself, such as a PDF, needs nothing else. The viewer brings its own style.
FILE: Policy = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}
UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")


def _written(policy: Policy) -> str:
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


class BrowserRulesMiddleware:
    """Tells the browser what a page may load and do. A view that says so itself is not overruled.

    Django adds the Referrer-Policy (same-origin), the opener policy and nosniff.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.ours, self.admin, self.file = map(_written, (OURS, ADMIN, FILE))
        self.unused = ", ".join(f"{feature}=()" for feature in UNUSED)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            policy = self.file
        elif request.path.startswith(reverse("wagtailadmin_home")):
            policy = self.admin
        else:
            policy = self.ours
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", self.unused)
        return response
