from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.core.calendar import today
from lms.people.domain.passwords import issue_passwords
from lms.people.domain.roster.values import unit_path
from lms.people.exports import password_file
from lms.people.models import Person, Unit


class Command(BaseCommand):
    help = (
        "Make one-time passwords for people, to be changed at the first sign-in, and write them "
        "to a file that only its owner can read. They are shown nowhere else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--unit", metavar="PATH", help="部/課/係, with everything below")
        parser.add_argument("--employee-number", action="append", default=[], metavar="N")
        parser.add_argument(
            "--all-without", action="store_true", help="everybody who has no password yet"
        )
        parser.add_argument("--output", type=Path, required=True, metavar="FILE.csv|FILE.xlsx")

    def handle(self, *_args: Any, **options: Any) -> None:
        output: Path = options["output"]
        kind = output.suffix.lower().removeprefix(".")
        if kind not in ("csv", "xlsx"):
            raise CommandError(_("Name a file that ends in .csv or .xlsx."))
        people = list(self.people(options))
        if not people:
            raise CommandError(_("Nobody was found who needs a password."))
        try:
            # Before any password changes: a file that cannot be written must not lock people out.
            output.touch(mode=0o600)
            output.chmod(0o600)
        except OSError as error:
            raise CommandError(
                _("The file %(path)s cannot be written: %(error)s")
                % {"path": output, "error": error.strerror}
            ) from error
        units = Person.objects.filter(pk__in=[person.pk for person in people]).with_unit_path(
            on=today()
        )
        people.sort(key=lambda person: (units.get(person.pk, ""), person.name_kana))
        issued = issue_passwords(people, by=None, at=timezone.now())
        output.write_bytes(password_file(issued, units, kind=kind))
        self.stdout.write(
            _("Initial passwords of %(n)s people were written to %(path)s.")
            % {"n": len(issued), "path": output}
        )

    def people(self, options: dict[str, Any]) -> Any:
        """A named person gets a new password in any case; units and all only who has none."""
        numbers = options["employee_number"]
        if bool(numbers) + bool(options["unit"]) + options["all_without"] != 1:
            raise CommandError(_("Choose one of --unit, --employee-number and --all-without."))
        if numbers:
            people = Person.objects.filter(employee_number__in=numbers)
            unknown = set(numbers) - set(people.values_list("employee_number", flat=True))
            if unknown:
                raise CommandError(
                    _("Nobody has the employee number %(numbers)s.")
                    % {"numbers": ", ".join(sorted(unknown))}
                )
            return people
        without: Any = Person.objects.without_password()
        if options["all_without"]:
            return without.posted(on=today())
        wanted = "/".join(unit_path(options["unit"]))
        paths = [
            Unit.objects.get(pk=pk).path
            for pk, shown in Unit.objects.paths_shown().items()
            if shown == wanted
        ]
        if not paths:
            raise CommandError(_("There is no unit %(unit)s.") % {"unit": wanted})
        return without.in_units(Unit.objects.below(paths), on=today())
