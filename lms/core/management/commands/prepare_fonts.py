from typing import Any

from django.core.management.base import BaseCommand

from lms.core.fonts import prepare_fonts


class Command(BaseCommand):
    help = "Cut the typefaces of PDFs once, so that nobody's first certificate waits for them."

    def handle(self, *_args: Any, **_options: Any) -> None:
        prepare_fonts()
