import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses.models import Offering
from lms.core.calendar import fiscal_year, today
from lms.core.tables import CONTENT_TYPES, CP932, ENCODINGS, Table, lossy_texts
from lms.people.models import Person
from lms.reports import exports
from lms.reports.domain import completion as counting
from lms.reports.domain import rows
from lms.reports.domain.completion import COUNTS, By, Facts, Only
from lms.reports.domain.reach import Reach, reach_of
from lms.reports.domain.reading import SCREEN, record_names_read
from lms.reports.domain.rows import Row, Rows
from lms.reports.forms import OverviewFilter, ReportFilter

PEOPLE_A_PAGE = 50
ROWS_UNFOLDED = 40
LOSSY_SHOWN = 20
GROUP_SORTS = [*COUNTS, "late", "rate"]
PERSON_SORTS = ["number", "kana", "path", "position", "status", "due_on", "completed_on"]


def _viewer(request: HttpRequest, *, on: dt.date) -> tuple[Person, Reach]:
    person = request.user
    assert isinstance(person, Person)  # noqa: S101 - narrows the type after login_required
    reach = reach_of(person, on=on)
    if reach.is_empty:
        raise PermissionDenied
    return person, reach


@never_cache
@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    on = today()
    _viewer(request, on=on)
    context = {"newest": rows.newest_open_mandatory(on=on)}
    return render(request, "reports/index.html", context)


@never_cache
@login_required
@require_safe
def completion(request: HttpRequest) -> HttpResponse:
    """Who has completed: every offering of a year, or one of them in detail."""
    on = today()
    person, reach = _viewer(request, on=on)
    if slug := request.GET.get("offering"):
        offering = get_object_or_404(Offering.objects.select_related("course"), slug=slug)
        return _one_offering(request, offering, person=person, reach=reach, on=on)
    return _all_offerings(request, person=person, reach=reach, on=on)


def _latest_day(reach: Reach) -> dt.date | None:
    """The future tells of transfers, so only who knows them may ask for it."""
    return reach.public_by


def _whole(reach: Reach, units: Rows) -> str:
    """What somebody's whole reach is called."""
    if reach.paths is None:
        return gettext("the whole office")
    return "、".join(unit["name"] for unit in units if unit["path"] in reach.paths)


def _filled(request: HttpRequest, **defaults: str) -> dict[str, str]:
    """What was asked for, with the usual answer where nothing was."""
    asked = {name: str(value) for name, value in request.GET.items() if value}
    return {**defaults, **asked}


def _query(request: HttpRequest, *without: str) -> str:
    """The address's filters, for links that keep them."""
    kept = request.GET.copy()
    for name in (*without, "page", "format", "encoding"):
        kept.pop(name, None)
    return kept.urlencode()


def _sort(request: HttpRequest, allowed: list[str]) -> str:
    key = request.GET.get("sort", "")
    return key if key.removeprefix("-") in allowed else ""


def _in_order(frame: pd.DataFrame, sort: str) -> pd.DataFrame:
    if not sort:
        return frame
    return counting.sorted_by(frame, sort.removeprefix("-"), descending=sort.startswith("-"))


def _file_format(request: HttpRequest) -> tuple[str, str]:
    """Format and encoding, if a file was asked for."""
    file_format = request.GET.get("format", "")
    encoding = request.GET.get("encoding") or CP932
    if file_format and (file_format not in exports.FORMATS or encoding not in ENCODINGS):
        raise Http404
    return file_format, encoding


def _file(
    table: Table,
    *,
    file_format: str,
    encoding: str,
    name: str,
    conditions: list[tuple[str, str]],
) -> HttpResponse:
    content = io.BytesIO()
    exports.write(table, content, file_format=file_format, encoding=encoding, conditions=conditions)
    content_type = CONTENT_TYPES[file_format]
    if file_format == "csv":
        content_type += "; charset=" + ("windows-31j" if encoding == CP932 else "utf-8")
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        content.getvalue(),
        content_type=content_type,
        headers={"Content-Disposition": disposition or "attachment"},
    )


def _lossy(table: Table) -> dict[str, Any]:
    """What the notice before a download in CP932 says."""
    texts = lossy_texts(table)
    return {"lossy": texts[:LOSSY_SHOWN], "lossy_more": max(len(texts) - LOSSY_SHOWN, 0)}


def _all_offerings(
    request: HttpRequest, *, person: Person, reach: Reach, on: dt.date
) -> HttpResponse:
    years = sorted({*rows.fiscal_years(), fiscal_year(on)}, reverse=True)
    form = OverviewFilter(
        _filled(request, year=str(fiscal_year(on)), as_of=on.isoformat()),
        latest=_latest_day(reach),
        years=years,
    )
    file_format, encoding = _file_format(request)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "reports/completion_overview.html", context)
    year, as_of = form.cleaned_data["year"], form.cleaned_data["as_of"]
    frame = counting.overview(
        rows.offerings_of(year), rows.offering_rows(year, on=as_of, reach=reach)
    )
    if reach.paths is not None:
        frame = frame[frame["enrolled"] > 0]
    table = exports.overview_table(frame)
    within = _whole(reach, rows.unit_rows(reach=reach))
    if file_format:
        return _file(
            table,
            file_format=file_format,
            encoding=encoding,
            name=exports.file_name(f"{year}年度", "実施回別", on=as_of, file_format=file_format),
            conditions=exports.overview_conditions(
                year, on=as_of, within=within, at=timezone.localtime(), maker=person.name
            ),
        )
    context |= {
        "year": year,
        "as_of": as_of,
        "within": within,
        "rows": frame.to_dict("records"),
        "query": _query(request, "sort"),
        **_lossy(table),
    }
    return render(request, "reports/completion_overview.html", context)


@dataclass(frozen=True)
class _Place:
    """Where in the tree a report begins: a unit, or the viewer's whole reach."""

    reach: Reach
    units: Rows
    chosen: Row | None

    @property
    def tops(self) -> tuple[str, ...]:
        return self.reach.paths or ()

    @property
    def narrowed(self) -> Reach:
        return self.reach.narrowed_to(self.chosen["path"]) if self.chosen else self.reach

    @property
    def has_whole(self) -> bool:
        """Whether there is anything above the topmost units to go back to."""
        return len(self.tops) != 1

    @property
    def trail(self) -> Rows:
        """The units above the chosen one that the viewer may see, from the top."""
        if not self.chosen:
            return []
        path = self.chosen["path"]
        return [
            unit
            for unit in self.units
            if path.startswith(unit["path"])
            and unit["path"] != path
            and self.reach.covers(unit["path"])
        ]

    def name(self, whole: str) -> str:
        if not self.chosen:
            return whole
        return "/".join(unit["name"] for unit in [*self.trail, self.chosen])


def _place(asked: str | None, *, reach: Reach) -> _Place:
    units = rows.unit_rows(reach=reach)
    covered = [unit for unit in units if reach.covers(unit["path"])]
    if asked:
        chosen = next((unit for unit in covered if str(unit["id"]) == asked), None)
        if chosen is None:
            raise Http404
        return _Place(reach, units, chosen)
    if reach.paths is not None and len(reach.paths) == 1:
        return _Place(reach, units, covered[0])
    return _Place(reach, units, None)


@dataclass(frozen=True)
class _Question:
    """One report that somebody asks for, its filters understood."""

    offering: Offering
    person: Person
    place: _Place
    whole: str
    on: dt.date
    by: By
    levels: int
    only: Only | None
    sort: str

    @property
    def within(self) -> str:
        return self.place.name(self.whole)

    @property
    def lists_people(self) -> bool:
        return self.by is By.PERSON or (self.by is By.UNIT and self.place.chosen is not None)

    def facts(self) -> Facts:
        return counting.collect(
            rows.enrolment_rows(self.offering, on=self.on, reach=self.place.narrowed),
            units=self.place.units,
            positions=rows.position_rows(),
            employment_types=rows.employment_type_rows(),
            on=self.on,
            zone=timezone.get_current_timezone(),
        )

    def frame(self, facts: Facts) -> pd.DataFrame:
        """What the screen and the files show."""
        if self.by is By.PERSON:
            return _in_order(self.people(facts), self.sort)
        frame = counting.report(facts, self.by, below=self.place.narrowed.paths)
        if self.by is By.UNIT and self.levels:
            frame = counting.to_level(frame, self.levels)
        return _in_order(frame, self.sort)

    def people(self, facts: Facts) -> pd.DataFrame:
        listed = counting.only(facts, self.only) if self.only else facts
        return counting.report(listed, By.PERSON)

    def record_names_read(self, *, people: int, medium: str) -> None:
        record_names_read(
            self.offering,
            by=self.person,
            at=timezone.now(),
            on=self.on,
            people=people,
            medium=medium,
            paths=self.place.narrowed.paths,
            unit=self.within,
        )


def _one_offering(
    request: HttpRequest, offering: Offering, *, person: Person, reach: Reach, on: dt.date
) -> HttpResponse:
    place = _place(request.GET.get("unit"), reach=reach)
    chosen_id: int = place.chosen["id"] if place.chosen else 0
    whole = _whole(reach, place.units)
    asked = _filled(request, as_of=on.isoformat(), by=By.UNIT.value)
    if chosen_id:
        asked["unit"] = str(chosen_id)
    form = ReportFilter(
        asked, latest=_latest_day(reach), offerings=rows.all_offerings(), units=place.units
    )
    file_format, encoding = _file_format(request)
    context: dict[str, Any] = {"form": form, "offering": offering, "place": place, "whole": whole}
    valid = form.is_valid()
    as_of = form.cleaned_data.get("as_of") or on
    form.offer_units(
        whole=whole if place.has_whole else "", tops=place.tops, on=as_of, also=chosen_id
    )
    if not valid:
        return render(request, "reports/completion.html", context)
    by = By(form.cleaned_data["by"])
    question = _Question(
        offering=offering,
        person=person,
        place=place,
        whole=whole,
        on=as_of,
        by=by,
        levels=int(form.cleaned_data["levels"] or 0),
        only=Only(form.cleaned_data["only"]) if form.cleaned_data["only"] else None,
        sort=_sort(request, PERSON_SORTS if by is By.PERSON else [by.value, *GROUP_SORTS]),
    )
    if file_format:
        return _report_file(question, file_format=file_format, encoding=encoding)
    return _report_page(request, question, context)


def _report_file(question: _Question, *, file_format: str, encoding: str) -> HttpResponse:
    frame = question.frame(question.facts())
    if question.by is By.PERSON:
        question.record_names_read(people=len(frame) - 1, medium=file_format)
    what, detail = question.offering.slug, exports.BY_TEXT[question.by]
    if question.place.chosen:
        detail += f"_{question.place.chosen['name']}"
    return _file(
        exports.report_table(frame, question.by),
        file_format=file_format,
        encoding=encoding,
        name=exports.file_name(what, detail, on=question.on, file_format=file_format),
        conditions=exports.report_conditions(
            question.offering,
            question.by,
            on=question.on,
            within=question.within,
            at=timezone.localtime(),
            maker=question.person.name,
        ),
    )


def _report_page(
    request: HttpRequest, question: _Question, context: dict[str, Any]
) -> HttpResponse:
    facts = question.facts()
    frame = question.frame(facts)
    by = question.by
    lossy = _lossy(exports.report_table(frame, by))
    # A city has a hundred sections: the screen begins at the top, the files hold them all.
    is_folded = by is By.UNIT and not question.levels and len(frame) > ROWS_UNFOLDED
    if is_folded:
        top = int(frame["level"].iloc[:-1].min())
        frame = counting.to_level(frame, top + (2 if question.place.chosen else 1))
    context |= {
        "by": by.value,
        "is_folded": is_folded,
        "as_of": question.on,
        "within": question.within,
        "total": counting.total(facts),
        "only": question.only,
        "sort": question.sort,
        "query": _query(request),
        "sort_query": _query(request, "sort"),
        "unit_query": _query(request, "unit", "sort"),
        "person_query": _query(request, "by", "sort", "levels"),
        **lossy,
    }
    if by is not By.PERSON:
        label = "short_name" if by is By.UNIT and not question.sort else by.value
        groups = frame.iloc[:-1].assign(label=frame[label])
        context["groups"] = groups.to_dict("records")
    if question.lists_people:
        people = frame if by is By.PERSON else question.people(facts)
        context |= _people_page(request, people)
        if context["people"] and question.place.reach.paths is None:
            question.record_names_read(people=len(context["people"]), medium=SCREEN)
    return render(request, "reports/completion.html", context)


def _people_page(request: HttpRequest, people: pd.DataFrame) -> dict[str, Any]:
    """One page of a list of people, without its total."""
    listed = people.iloc[:-1]
    page = Paginator(range(len(listed)), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    records = listed.iloc[list(page.object_list)].to_dict("records")
    return {"page": page, "people": records}
