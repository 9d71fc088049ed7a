"""Who may do what with people in the admin. The accounts are the administrators' alone."""

from typing import Any

from wagtail.permissions import ModelPermissionPolicy

from lms.people.models import Person


def can_see_people(user: Any) -> bool:
    return bool(user.has_perm("people.view_person"))


def can_keep_people(user: Any) -> bool:
    """HR: names, posts, leaves, the roster, first passwords."""
    return bool(user.has_perm("people.change_posting"))


class PeoplePolicy(ModelPermissionPolicy):
    """Who keeps the postings keeps the people.

    Not Django's permission to change a Person: that one opens Wagtail's account screens, which
    give roles.
    """

    def user_has_permission(self, user: Any, action: str) -> bool:
        if action == "view":
            return can_see_people(user)
        return action in ("add", "change") and can_keep_people(user)


class AdministratorsOnly(ModelPermissionPolicy):
    def user_has_permission(self, user: Any, _action: str) -> bool:
        return bool(user.is_active and user.is_superuser)


people_policy = PeoplePolicy(Person)
administrators_only = AdministratorsOnly(Person)
