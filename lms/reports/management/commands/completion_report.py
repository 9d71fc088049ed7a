import datetime as dt
import difflib
import io
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext

from courses.models import Offering
from lms.core.calendar import today
from lms.core.tables import CP932, ENCODINGS, lossy_texts
from lms.reports import exports
from lms.reports.domain import completion, rows
from lms.reports.domain.completion import By
from lms.reports.domain.reach import Reach
from lms.reports.domain.reading import record_names_read

STDOUT = "-"
WHOLE_OFFICE = "全庁"
MAKER = "completion_report"


class Command(BaseCommand):
    help = "Write who has completed an offering, as of a day, to a CSV or xlsx file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--offering", required=True, metavar="SLUG")
        parser.add_argument("--by", choices=[by.value for by in By], default=By.UNIT.value)
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="end of this day; default: today")
        parser.add_argument("--format", choices=exports.FORMATS, help="default: by the file name")
        parser.add_argument("--encoding", choices=ENCODINGS, default=CP932, help="of CSV")
        parser.add_argument("--output", required=True, metavar="FILE", help="- is standard output")

    def handle(self, **options: Any) -> None:
        output: str = options["output"]
        file_format = options["format"] or ("xlsx" if output.lower().endswith(".xlsx") else "csv")
        if output == STDOUT and file_format == "xlsx":
            raise CommandError(gettext("Name a file for xlsx: standard output takes CSV only."))
        offering = _offering(options["offering"])
        by, encoding = By(options["by"]), options["encoding"]
        on = today() if options["as_of"] is None else _day(options["as_of"])
        reach = Reach()
        facts = completion.collect(
            rows.enrolment_rows(offering, on=on, reach=reach),
            units=rows.unit_rows(reach=reach),
            positions=rows.position_rows(),
            employment_types=rows.employment_type_rows(),
            on=on,
            zone=timezone.get_current_timezone(),
        )
        frame = completion.report(facts, by)
        table = exports.report_table(frame, by)
        content = io.BytesIO()
        exports.write(
            table,
            content,
            file_format=file_format,
            encoding=encoding,
            conditions=exports.report_conditions(
                offering, by, on=on, within=WHOLE_OFFICE, at=timezone.localtime(), maker=MAKER
            ),
        )
        if by is By.PERSON:
            record_names_read(
                offering,
                by=None,
                at=timezone.now(),
                on=on,
                people=len(frame) - 1,
                medium=file_format,
                paths=None,
                unit=WHOLE_OFFICE,
            )
        self._deliver(content.getvalue(), output, encoding=encoding)
        if file_format == "csv":
            self._tell_lossy(lossy_texts(table, encoding=encoding))

    def _deliver(self, content: bytes, output: str, *, encoding: str) -> None:
        if output != STDOUT:
            _write_whole(Path(output), content)
            return
        stream = getattr(self.stdout, "buffer", None)
        if stream is None:
            self.stdout.write(content.decode(encoding), ending="")
        else:
            stream.write(content)
            stream.flush()

    def _tell_lossy(self, texts: list[str]) -> None:
        if not texts:
            return
        message = ngettext(
            "%(count)s text holds a character that CP932 lacks; it became 〓 or another form:",
            "%(count)s texts hold a character that CP932 lacks; it became 〓 or another form:",
            len(texts),
        ) % {"count": len(texts)}
        self.stderr.write("\n".join([message, *texts]))


def _offering(slug: str) -> Offering:
    offering = Offering.objects.select_related("course").filter(slug=slug).first()
    if offering:
        return offering
    slugs = [known.slug for known in rows.all_offerings()]
    near = difflib.get_close_matches(slug, slugs, n=5, cutoff=0.4) or slugs[:5]
    message = gettext("There is no offering “%(slug)s”.") % {"slug": slug}
    if near:
        message += " " + gettext("Perhaps: %(slugs)s") % {"slugs": ", ".join(near)}
    raise CommandError(message)


def _day(text: str) -> dt.date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(
            gettext("“%(text)s” is no day. Write it as 2026-11-23.") % {"text": text}
        )
    return day


def _write_whole(path: Path, content: bytes) -> None:
    """The file appears complete or not at all, also when the process dies in between."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise CommandError(
            gettext("“%(path)s” cannot be written: %(problem)s")
            % {"path": path, "problem": problem.strerror or problem}
        ) from problem
