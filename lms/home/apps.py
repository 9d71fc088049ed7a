from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _prepare(**_context: Any) -> None:
    from lms.home.domain.site import prepare_site

    prepare_site()


class HomeConfig(AppConfig):
    name = "lms.home"
    label = "home"

    def ready(self) -> None:
        post_migrate.connect(_prepare, sender=self)
