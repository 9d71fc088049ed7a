"""A chooser of the admin for those who keep the snippets, not for everybody in the admin."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
    SnippetCreateView,
)


class ForKeepersOnly:
    model_class: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        policy = self.model_class.snippet_viewset.permission_policy
        if not policy.user_has_any_permission(request.user, ["view", "add", "change", "delete"]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class KeepersChooseView(ForKeepersOnly, ChooseView):
    pass


class KeepersChooseResultsView(ForKeepersOnly, ChooseResultsView):
    pass


class KeepersChosenView(ForKeepersOnly, SnippetChosenView):
    pass


class KeepersChosenMultipleView(ForKeepersOnly, SnippetChosenMultipleView):
    pass


class NeverCreateView(SnippetCreateView):
    def can_create(self) -> bool:
        """What needs more than a line is made on a page of its own, never in a chooser."""
        return False


class KeepersChooserViewSet(SnippetChooserViewSet):
    choose_view_class = KeepersChooseView
    choose_results_view_class = KeepersChooseResultsView
    chosen_view_class = KeepersChosenView
    chosen_multiple_view_class = KeepersChosenMultipleView
    create_view_class = NeverCreateView
