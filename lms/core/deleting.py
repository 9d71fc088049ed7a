from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext


class KeepsWhatIsUsed:
    """For a DeleteView of the admin: says so, where the database refuses because of records.

    Wagtail refuses what its reference index knows to be in use with a bare PermissionDenied.
    """

    request: HttpRequest
    object: Any

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except (ProtectedError, PermissionDenied):
            messages.error(
                self.request,
                gettext("“%(name)s” cannot be deleted: it is in use, or records point at it.")
                % {"name": self.object},
            )
            return redirect(self.request.path)
        return response
