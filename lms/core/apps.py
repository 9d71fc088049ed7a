from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "lms.core"
    label = "core"

    def ready(self) -> None:
        from lms.core.widgets import take_inline_scripts_out

        take_inline_scripts_out()
