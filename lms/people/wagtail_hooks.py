from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSetGroup

from lms.people import views
from lms.people.permissions import can_keep_people, can_see_people
from lms.people.viewsets import (
    AppointmentViewSet,
    EmploymentTypeViewSet,
    LeaveViewSet,
    PersonViewSet,
    PositionViewSet,
    PostingViewSet,
    UnitViewSet,
)


class RosterMenuItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return can_see_people(request.user)


class PasswordsMenuItem(MenuItem):
    def is_shown(self, request: Any) -> bool:
        return can_keep_people(request.user)


class PeopleGroup(ViewSetGroup):
    menu_label = _("people")
    menu_icon = "group"
    menu_order = 150
    items = (
        PersonViewSet,
        UnitViewSet,
        PositionViewSet,
        EmploymentTypeViewSet,
        PostingViewSet,
        LeaveViewSet,
        AppointmentViewSet,
    )

    def get_submenu_items(self) -> list[Any]:
        return [
            *super().get_submenu_items(),
            RosterMenuItem(
                _("Roster imports"), reverse("people_rosters"), icon_name="upload", order=900
            ),
            PasswordsMenuItem(
                _("Initial passwords"), reverse("people_passwords"), icon_name="key", order=910
            ),
        ]


@hooks.register("register_admin_viewset")
def register_people() -> PeopleGroup:
    return PeopleGroup()


@hooks.register("register_admin_urls")
def register_people_urls() -> list[URLPattern]:
    return [
        path("people/rosters/", views.rosters, name="people_rosters"),
        path("people/rosters/<int:pk>/", views.roster, name="people_roster"),
        path("people/rosters/<int:pk>/apply/", views.apply_roster, name="people_roster_apply"),
        path("people/passwords/", views.passwords, name="people_passwords"),
    ]
