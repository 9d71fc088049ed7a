import datetime as dt
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core import jobs
from lms.core.calendar import today
from lms.people.domain.roster.plan import Change, Outcome
from lms.people.domain.roster.problems import UnreadableRoster
from lms.people.domain.roster.profiles import shipped_profiles
from lms.people.domain.roster.run import (
    Result,
    choose_profile,
    failed,
    import_roster,
    preview_roster,
)
from lms.people.domain.roster.table import read_table

SHOWN_PEOPLE = 20


class Command(BaseCommand):
    help = (
        "Make the records of people, units and postings agree with a roster (CSV or xlsx), which "
        "is the complete staff as of a day. Exit code 1 means that nothing was written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as-of", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="default: today"
        )
        parser.add_argument(
            "--map",
            metavar="NAME_OR_FILE",
            help=f"which heading means what: {', '.join(shipped_profiles())}, or a TOML file",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *_args: Any, **options: Any) -> None:
        as_of = options["as_of"] or today()
        try:
            result = self.run_import(options, as_of)
        except UnreadableRoster as error:
            result = failed(error, as_of=as_of)
        if options["format"] == "json":
            self.stdout.write(json.dumps(result.summary, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(as_text(result)))
        for job in result.follow_ups:
            jobs.run(job.pk)
        if result.has_errors:
            sys.exit(1)

    def run_import(self, options: dict[str, Any], as_of: dt.date) -> Result:
        path: Path = options["file"]
        try:
            table = read_table(path)
        except OSError as error:
            raise UnreadableRoster(
                _("The file %(path)s cannot be opened: %(error)s")
                % {"path": path, "error": error.strerror}
            ) from error
        profile = choose_profile(options["map"], table)
        if options["dry_run"]:
            return preview_roster(table, profile, as_of=as_of)
        return import_roster(
            table, profile, as_of=as_of, file_name=path.name, by=None, at=timezone.now()
        )


def as_text(result: Result) -> list[str]:
    summary = result.summary
    lines = [
        _("Joined: %(n)s") % {"n": summary["joined"]},
        *_people(result, Outcome.JOINED),
        _("Moved: %(n)s") % {"n": summary["moved"]},
        *_people(result, Outcome.MOVED),
        _("Left: %(n)s") % {"n": summary["left"]},
        *_people(result, Outcome.LEFT),
        _("Name or other facts changed: %(n)s") % {"n": summary["updated"]},
        _("Unchanged: %(n)s") % {"n": summary["unchanged"]},
        _("Units opened: %(n)s") % {"n": summary["units_opened"]},
    ]
    for title, key in ((_("Errors"), "errors"), (_("Warnings"), "warnings")):
        if summary[key]:
            lines.append(f"{title}: {len(summary[key])}")
            lines += [
                "  " + _("Row %(row)s %(column)s: %(message)s") % problem
                for problem in summary[key]
            ]
    if summary["applied"]:
        lines.append(_("Applied."))
    elif result.has_errors:
        lines.append(_("Nothing was written. Mend the rows above and run the import again."))
    else:
        lines.append(_("Nothing was written (trial run)."))
    return lines


def _people(result: Result, outcome: Outcome) -> list[str]:
    changes = result.plan.people(outcome) if result.plan else []
    lines = [_line(change) for change in changes[:SHOWN_PEOPLE]]
    if len(changes) > SHOWN_PEOPLE:
        lines.append("  " + _("and %(n)s more") % {"n": len(changes) - SHOWN_PEOPLE})
    return lines


def _line(change: Change) -> str:
    way = " → ".join(filter(None, [change.before, change.after]))
    return f"  {change.staff.employee_number} {change.staff.name}  {way}"
