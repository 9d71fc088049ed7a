from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NetworkLeadersConfig(AppConfig):
    name = "network_leaders"
    verbose_name = _("network leaders")
