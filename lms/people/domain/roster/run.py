"""From a file to a plan to the records, all or nothing."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import ManyToOneRel

from lms.core import audit, jobs
from lms.core.models import AuditEntry, Job
from lms.core.numbering import next_number
from lms.people.domain.roster.plan import Change, Outcome, Plan, plan_people, plan_units
from lms.people.domain.roster.problems import UnreadableRoster
from lms.people.domain.roster.profiles import Columns, Profile, detect_profile, get_profile
from lms.people.domain.roster.records import (
    Label,
    Labels,
    Post,
    Records,
    Staff,
    UnitNode,
    UnitTree,
    employment_rank,
    heads_unit,
    position_rank,
)
from lms.people.domain.roster.rows import read_staff, read_units
from lms.people.domain.roster.table import Table
from lms.people.models import EmploymentType, Person, Position, Posting, RosterImport, Unit

BATCH = 500


@dataclass(frozen=True, slots=True)
class Result:
    """What import_roster prints."""

    summary: dict[str, Any]
    plan: Plan | None = None
    follow_ups: tuple[Job, ...] = ()

    @property
    def has_errors(self) -> bool:
        return bool(self.summary["errors"])


def failed(error: UnreadableRoster, *, as_of: dt.date) -> Result:
    """The result for a file that could not be read at all."""
    summary: dict[str, Any] = {"as_of": as_of.isoformat()}
    summary |= dict.fromkeys([*Outcome, "units_opened"], 0)
    summary |= {"errors": [error.problem.as_json()], "warnings": [], "applied": False}
    return Result({str(key): value for key, value in summary.items()})


def choose_profile(name: str | None, table: Table) -> Profile:
    """The mapping of that name or file; "auto" takes the shipped one that fits."""
    return detect_profile(table.heading) if name == "auto" else get_profile(name)


def plan_roster(table: Table, profile: Profile, *, as_of: dt.date) -> Plan:
    """What the file would change; reads the records, writes nothing."""
    columns = Columns(profile, table.heading)
    problems = columns.problems()
    if problems:
        nothing = Records({}, UnitTree(), Labels(), Labels())
        return Plan(as_of=as_of, records=nothing, errors=problems)
    if profile.is_about_people:
        return plan_people(load_records(), read_staff(table, columns), columns, as_of=as_of)
    return plan_units(load_records(), read_units(table, columns), as_of=as_of)


def preview_roster(table: Table, profile: Profile, *, as_of: dt.date) -> Result:
    plan = plan_roster(table, profile, as_of=as_of)
    return Result(_plain(plan.summary()), plan)


def import_roster(
    table: Table,
    profile: Profile,
    *,
    as_of: dt.date,
    file_name: str,
    by: Person | None,
    at: dt.datetime,
    record: RosterImport | None = None,
) -> Result:
    """Make the records agree with the file, or write nothing if any row is wrong."""
    with transaction.atomic():
        # One import at a time: the second plans on what the first has written.
        number = next_number("roster.import")
        plan = plan_roster(table, profile, as_of=as_of)
        summary = _plain(plan.summary())
        if plan.errors:
            transaction.set_rollback(True)
            return Result(summary, plan)
        summary["applied"] = True
        _apply(plan, by=by, at=at, number=number)
        record = record or RosterImport(file_name=file_name[:255], uploaded_by=by, uploaded_at=at)
        record.profile, record.as_of = profile.key[:60], as_of
        record.summary, record.applied_at = summary, at
        record.save()
        audit.record(
            "roster.applied",
            by=by,
            at=at,
            subject=record,
            number=number,
            file=record.file_name,
            counts={key: value for key, value in summary.items() if isinstance(value, int)},
        )
        follow_ups = jobs.announce("people.changed", by=by, at=at) if plan.changes_something else []
    return Result(summary, plan, tuple(follow_ups))


def _plain(summary: dict[str, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in summary.items()}


# Reading the records


def load_records() -> Records:
    units = UnitTree()
    nodes = _load_units(units)
    positions = {pk: Label(name, pk) for pk, name in Position.objects.values_list("pk", "name")}
    types = {pk: Label(name, pk) for pk, name in EmploymentType.objects.values_list("pk", "name")}
    people = {
        pk: Staff(
            employee_number=number,
            name=name,
            name_kana=kana,
            email=email,
            pk=pk,
            is_administrator=is_superuser,
        )
        for pk, number, name, kana, email, is_superuser in Person.objects.order_by("pk")
        .values_list("pk", "employee_number", "name", "name_kana", "email", "is_superuser")
        .iterator()
    }
    used = _used_postings()
    for row in (
        Posting.objects.order_by("starts_on", "pk")
        .values_list(
            "pk",
            "person_id",
            "unit_id",
            "position_id",
            "employment_type_id",
            "kind",
            "starts_on",
            "ends_on",
        )
        .iterator()
    ):
        pk, person, unit, position, employment_type, kind, starts_on, ends_on = row
        people[person].posts.append(
            Post(
                unit=nodes[unit],
                position=positions[position] if position else None,
                employment_type=types[employment_type] if employment_type else None,
                kind=kind,
                starts_on=starts_on,
                ends_on=ends_on,
                pk=pk,
                is_used=pk in used,
            )
        )
    return Records(
        people={staff.employee_number: staff for staff in people.values()},
        units=units,
        positions=Labels(positions.values()),
        employment_types=Labels(types.values()),
    )


def _load_units(tree: UnitTree) -> dict[int, UnitNode]:
    by_path: dict[str, UnitNode] = {}
    nodes: dict[int, UnitNode] = {}
    for pk, path, name, starts_on, ends_on in Unit.objects.order_by("path").values_list(
        "pk", "path", "name", "starts_on", "ends_on"
    ):
        node = UnitNode(name, starts_on, ends_on, by_path.get(path[: -Unit.steplen]), pk)
        tree.attach(node)
        by_path[path] = nodes[pk] = node
    return nodes


def _used_postings() -> set[int]:
    """Postings that something remembers: who completed what while holding them."""
    used: set[int] = set()
    for relation in Posting._meta.get_fields(include_hidden=True):
        if relation.auto_created and isinstance(relation, ManyToOneRel):
            field = relation.field.attname
            referring = relation.related_model._default_manager.exclude(**{field: None})
            used |= set(referring.values_list(field, flat=True))
    return used


# Writing


def _apply(
    plan: Plan,
    *,
    by: Person | None,
    at: dt.datetime,
    number: int,
) -> None:
    _write_units(plan.records.units)
    for label in plan.records.positions.new:
        rank, heads = position_rank(label.name), heads_unit(label.name)
        label.pk = Position.objects.create(name=label.name, rank=rank, heads_unit=heads).pk
    for label in plan.records.employment_types.new:
        rank = employment_rank(label.name)
        label.pk = EmploymentType.objects.create(name=label.name, rank=rank).pk
    _write_people(plan)
    _write_postings(plan)
    AuditEntry.objects.bulk_create(
        (_entry(change, by=by, at=at, number=number) for change in plan.changes), batch_size=BATCH
    )


def _write_units(tree: UnitTree) -> None:
    for node in tree.new:
        facts = {"name": node.name, "starts_on": node.starts_on, "ends_on": node.ends_on}
        if node.parent:
            unit = Unit.objects.get(pk=node.parent.pk).add_child(**facts)
        else:
            unit = Unit.add_root(**facts)
        node.pk = unit.pk
    for pk, node in (tree.extended | tree.closed).items():
        Unit.objects.filter(pk=pk).update(starts_on=node.starts_on, ends_on=node.ends_on)


def _write_people(plan: Plan) -> None:
    hired = [_person(staff) for staff in plan.hired]
    for person in hired:
        person.password = make_password(None)
    Person.objects.bulk_create(hired, batch_size=BATCH)
    for staff, person in zip(plan.hired, hired, strict=True):
        staff.pk = person.pk
    Person.objects.bulk_update(
        [_person(staff) for staff in plan.renamed],
        ["name", "name_kana", "email", "search_key"],
        batch_size=BATCH // 4,
    )


def _person(staff: Staff) -> Person:
    person = Person(
        pk=staff.pk,
        employee_number=staff.employee_number,
        name=staff.name,
        name_kana=staff.name_kana,
        email=staff.email,
    )
    person.search_key = person.make_search_key()
    return person


def _write_postings(plan: Plan) -> None:
    """In the order that keeps one primary post at a time true after every statement."""
    gone = {post.pk for post in plan.removed}
    for batch in _batches([pk for pk in gone if pk]):
        Posting.objects.filter(pk__in=batch).delete()
    by_end: dict[dt.date | None, list[int]] = {}
    for pk, post in plan.ended.items():
        if pk not in gone:
            by_end.setdefault(post.ends_on, []).append(pk)
    # Ends of one day are one statement: on 1 April a third of the staff moves.
    for ends_on in sorted(by_end, key=lambda day: day or dt.date.max):
        for batch in _batches(by_end[ends_on]):
            Posting.objects.filter(pk__in=batch).update(ends_on=ends_on)
    Posting.objects.bulk_update(
        [_posting(None, post) for pk, post in plan.corrected.items() if pk not in gone],
        ["unit", "position", "employment_type", "ends_on"],
        batch_size=BATCH // 4,
    )
    Posting.objects.bulk_create(
        [_posting(staff, post) for staff, post in plan.opened if post in staff.posts],
        batch_size=BATCH,
    )


def _posting(staff: Staff | None, post: Post) -> Posting:
    facts: dict[str, Any] = {"person_id": staff.pk if staff else None, "unit_id": post.unit.pk}
    return Posting(
        pk=post.pk,
        **facts,
        position_id=post.position.pk if post.position else None,
        employment_type_id=post.employment_type.pk if post.employment_type else None,
        kind=post.kind,
        starts_on=post.starts_on,
        ends_on=post.ends_on,
        public_on=post.starts_on,
    )


def _batches(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]


def _entry(change: Change, *, by: Person | None, at: dt.datetime, number: int) -> AuditEntry:
    staff = change.staff
    detail: dict[str, Any] = {
        "import": number,
        "before": change.old_posts,
        "after": [post.as_json() for post in staff.posts],
    }
    if change.old_name != staff.name:
        detail["names"] = [change.old_name, staff.name]
    return AuditEntry(
        at=at,
        actor_id=by.pk if by else None,
        action=f"person.{change.outcome}",
        subject_person_id=staff.pk,
        subject=f"people.person:{staff.pk}",
        detail=detail,
    )
