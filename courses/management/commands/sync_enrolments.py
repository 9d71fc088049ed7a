import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.domain import enrolments
from courses.domain.completion import complete_where_nothing_is_left
from lms.core.calendar import today


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"Write the day as 2026-04-01, not {text}") from error


class Command(BaseCommand):
    help = "Enrol, withdraw and reinstate people so that the enrolments match the audiences."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", metavar="DATE", help="The day to go by; today if absent")

    def handle(self, *_args: Any, **options: Any) -> None:
        on = _day(options["as_of"]) if options["as_of"] else today()
        result = enrolments.sync_enrolments(on=on, at=timezone.now())
        completed = complete_where_nothing_is_left(on=on, at=timezone.now())
        self.stdout.write(
            f"{on}: assigned {result.assigned}, withdrawn {result.withdrawn}, "
            f"reinstated {result.reinstated}, completed {completed}"
        )
