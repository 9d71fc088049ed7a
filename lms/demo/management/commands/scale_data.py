import datetime as dt
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext

from courses.models import Enrolment, Offering
from lms.demo import quickstart
from lms.demo.city import LARGEST, SEED, SMALLEST
from lms.demo.scale import load_scale
from lms.people.models import Person
from quizzes.models import Response


class Command(BaseCommand):
    help = "Fill an empty demo database with a city of a real one's size, to measure on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--people", type=int, default=2000, help=f"{SMALLEST} to {LARGEST} (2000)"
        )
        parser.add_argument(
            "--offerings", type=int, default=30, help="in all, with the demo's own (30)"
        )
        parser.add_argument("--seed", type=int, default=SEED, help="the same, the same data")
        parser.add_argument(
            "--as-of", type=dt.date.fromisoformat, metavar="DATE", help="day of the city (today)"
        )

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                gettext("Accounts of the demo have a published password. Set LMS_DEMO=1 first.")
            )
        if not SMALLEST <= options["people"] <= LARGEST:
            raise CommandError(
                gettext("The demo can have %(smallest)s to %(largest)s people.")
                % {"smallest": SMALLEST, "largest": LARGEST}
            )
        began = time.monotonic()
        try:
            quickstart.refuse_other_mode(quickstart.DEMO)
            if quickstart.loaded_with() is not None:
                self.stdout.write(f"The demo is loaded already and stays as it is: {_counts()}.")
                return
            quickstart.refuse_real_people()
        except quickstart.CannotStart as problem:
            raise CommandError(str(problem)) from problem
        quickstart.make_folders()
        load_scale(
            people=options["people"],
            offerings=options["offerings"],
            at=_noon(options["as_of"]) if options["as_of"] else timezone.now(),
            seed=options["seed"],
        )
        quickstart.keep_mode(quickstart.DEMO)
        quickstart.write_accounts()
        self.stdout.write(f"{_counts()} in {time.monotonic() - began:,.0f} s.")


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def _counts() -> str:
    return (
        f"{Person.objects.count():,} people, {Offering.objects.count():,} offerings, "
        f"{Enrolment.objects.count():,} enrolments, {Response.objects.count():,} answers"
    )
