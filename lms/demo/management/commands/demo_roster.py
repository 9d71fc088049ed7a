import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.core.calendar import today
from lms.demo import roster


class Command(BaseCommand):
    help = "Write the demo's staff as a roster file, to try import_roster with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, required=True, metavar="FILE.csv")
        parser.add_argument("--encoding", choices=["utf-8-sig", "cp932"], default="utf-8-sig")
        parser.add_argument(
            "--next-month",
            action="store_true",
            help="as of the first of next month: two join, one leaves, three move",
        )

    def handle(self, **options: Any) -> None:
        on = today()
        rows = roster.staff(on=on)
        if not rows:
            raise CommandError("There is nobody to write. Load the demo first: make run")
        if options["next_month"]:
            on = (on.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
            rows = roster.next_month(roster.staff(on=on), on=on)
        options["output"].write_bytes(roster.as_csv(rows, encoding=options["encoding"]))
        self.stdout.write(
            f"{options['output']}: {len(rows)} rows.\n"
            f"Try it: manage.py import_roster {options['output']} --as-of {on} --dry-run"
        )
