"""A database constraint that Django lacks on SQLite: dated rows that must not overlap."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Q

_SQLITE_TRIGGER = (
    "CREATE TRIGGER {name} BEFORE {event} ON %(table)s WHEN {new_applies} AND EXISTS ("
    "SELECT 1 FROM %(table)s AS other WHERE other.id IS NOT NEW.id AND {same} AND {other_applies} "
    "AND other.{starts} <= COALESCE(NEW.{ends}, '9999-12-31') "
    "AND NEW.{starts} <= COALESCE(other.{ends}, '9999-12-31')"
    ") BEGIN SELECT RAISE(ABORT, 'NoOverlap constraint failed: {name}'); END"
)


class NoOverlap(models.BaseConstraint):
    """Rows that agree in ``fields`` and match ``when`` must not share a day.

    A row covers ``starts`` to ``ends``, both inclusive; no end means open. PostgreSQL gets an
    exclusion constraint (the btree_gist extension must exist), SQLite two triggers. Breaking it
    raises IntegrityError on both. ``when`` maps field names to the text value that they must have.
    """

    def __init__(
        self,
        *,
        name: str,
        fields: Sequence[str],
        starts: str = "starts_on",
        ends: str = "ends_on",
        when: dict[str, str] | None = None,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )
        self.fields = tuple(fields)
        self.starts = starts
        self.ends = ends
        self.when = dict(when or {})

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {
            "fields": self.fields,
            "starts": self.starts,
            "ends": self.ends,
            "when": self.when,
        }
        return path, tuple(args), kwargs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NoOverlap):
            return bool(self.deconstruct() == other.deconstruct())
        return NotImplemented

    __hash__ = models.BaseConstraint.__hash__

    def _column(self, model: type[models.Model], field: str) -> str:
        column: str = model._meta.get_field(field).column  # type: ignore[union-attr, assignment]
        return column

    def _applies(self, model: type[models.Model], row: str) -> str:
        tests = [
            f"{row}{self._column(model, field)} = '{value}'" for field, value in self.when.items()
        ]
        return " AND ".join(tests) or "TRUE"

    def _triggers(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        columns = [self._column(model, field) for field in self.fields]
        return [
            Statement(
                _SQLITE_TRIGGER.format(
                    name=f"{self.name}_{event.lower()}",
                    event=event,
                    same=" AND ".join(f"other.{column} = NEW.{column}" for column in columns),
                    new_applies=self._applies(model, "NEW."),
                    other_applies=self._applies(model, "other."),
                    starts=self.starts,
                    ends=self.ends,
                ),
                table=Table(model._meta.db_table, schema_editor.quote_name),
            )
            for event in ("INSERT", "UPDATE")
        ]

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "sqlite":
            # SQLite rebuilds a table to alter it and drops its triggers with the old one:
            # deferred statements follow the table through that.
            schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
            return None
        same = "".join(f"{self._column(model, field)} WITH =, " for field in self.fields)
        return (
            f"CONSTRAINT {schema_editor.quote_name(self.name)} EXCLUDE USING gist "
            f"({same}daterange({self.starts}, {self.ends}, '[]') WITH &&) "
            f"WHERE ({self._applies(model, '')})"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        return Statement(
            f"ALTER TABLE %(table)s ADD {self.constraint_sql(model, schema_editor)}",
            table=Table(model._meta.db_table, schema_editor.quote_name),
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return Statement(
            f"ALTER TABLE %(table)s DROP CONSTRAINT {schema_editor.quote_name(self.name)}",
            table=Table(model._meta.db_table, schema_editor.quote_name),
        )

    def validate(
        self,
        model: Any,
        instance: models.Model,
        exclude: Any = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        if any(getattr(instance, field) != value for field, value in self.when.items()):
            return
        starts, ends = getattr(instance, self.starts), getattr(instance, self.ends)
        touched = {*self.fields, self.starts, self.ends, *self.when}
        if starts is None or touched.intersection(exclude or ()):
            return
        others = model._default_manager.using(using).filter(
            Q(**{f"{self.ends}__isnull": True}) | Q(**{f"{self.ends}__gte": starts}),
            **{field: getattr(instance, field) for field in self.fields},
            **self.when,
        )
        if ends is not None:
            others = others.filter(**{f"{self.starts}__lte": ends})
        if others.exclude(pk=instance.pk).exists():
            raise ValidationError(
                self.get_violation_error_message(), code=self.violation_error_code
            )
