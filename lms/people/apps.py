from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PeopleConfig(AppConfig):
    name = "lms.people"
    label = "people"
    verbose_name = _("people and organisation")
    default = True


class WagtailUsersConfig(WagtailUsersAppConfig):
    """The accounts of the admin are Persons, who have one name and a 職員番号."""

    user_viewset = "lms.people.viewsets.AccountViewSet"
