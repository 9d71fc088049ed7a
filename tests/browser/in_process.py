"""Chromium on pages that Django's test client answers: it sees what a test has not committed."""

import re
from contextvars import copy_context
from mimetypes import guess_type
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Request, Route

HOST = "http://127.0.0.1:8999"


def answer_from(page: Page, client: Client) -> None:
    """Whatever the page asks this product for, the client answers; other hosts get nothing."""

    # Playwright calls back in a context of its own, where Django would open another connection.
    here = copy_context()

    def fulfil(route: Route, request: Request) -> None:
        if not request.url.startswith(f"{HOST}/"):
            route.abort()
            return
        path = request.url.removeprefix(HOST)
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/").partition("?")[0])
            if found is None:
                route.fulfill(status=404)
            else:
                route.fulfill(
                    body=Path(found).read_bytes(), content_type=guess_type(found)[0] or ""
                )
            return
        answer = here.run(
            client.generic,
            request.method,
            path,
            data=request.post_data_buffer or b"",
            content_type=request.headers.get("content-type", "application/octet-stream"),
        )
        body = b"".join(answer) if answer.streaming else answer.content
        headers = {name: value for name, value in answer.items() if name != "Content-Length"}
        route.fulfill(status=answer.status_code, headers=headers, body=body)

    page.route(re.compile(".+"), fulfil)
