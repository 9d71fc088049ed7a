"""Search on SQLite's FTS5."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import FloatField, Func, QuerySet, Value
from modelsearch.backends.database.sqlite import sqlite
from modelsearch.backends.database.sqlite.query import (
    MatchExpression,
    SearchQueryExpression,
)
from modelsearch.query import Phrase, PlainText
from modelsearch.utils import get_descendants_content_types_pks

from lms.core.search.querying import IndexedText, match

# A word in a title tells more than one in the text. The order is that of the FTS table's columns.
WEIGHTS = {"autocomplete": 1, "body": 1, "title": 10}


class ObjectIndexer(IndexedText, sqlite.ObjectIndexer):
    pass


# The index makes its indexers by this name in its own module and offers no other way to choose
# them; this is the only thing that is replaced in somebody else's code.
sqlite.ObjectIndexer = ObjectIndexer


class Relevance(Func):
    """FTS5's bm25(): the lower, the better."""

    function = "bm25"
    template = (
        f"%(function)s({sqlite.SQLiteFTSIndexEntry._meta.db_table}, "
        f"{', '.join(map(str, WEIGHTS.values()))})"
    )
    output_field = FloatField()


def in_a_row(tokens: list[str], is_open: bool) -> str:  # noqa: FBT001
    return f'"{" ".join(tokens)}"{"*" if is_open else ""}'


class QueryCompiler(sqlite.SQLiteSearchQueryCompiler):
    def build_search_query_content(self, query: Any, config: Any = None) -> Any:
        if not isinstance(query, PlainText | Phrase):
            return super().build_search_query_content(query, config=config)
        text = match(query, in_a_row, operators=("AND", "OR"), completing=self.LAST_TERM_IS_PREFIX)
        return SearchQueryExpression(Value(text), config=config)

    @property
    def is_simple(self) -> bool:
        return isinstance(self.query, PlainText | Phrase)

    @cached_property
    def scores(self) -> dict[Any, float]:
        """What the index holds of this model for the query, whatever the queryset says.

        The match stands alone: joined to the table of entries, as Wagtail's own search does it,
        SQLite runs the match again for every row.
        """
        index, model = sqlite.SQLiteFTSIndexEntry.objects, self.queryset.model
        columns = ["title"] if self.fields == ["title"] else self.FTS_TABLE_FIELDS
        query = self.build_search_query_content(self.query)
        found = dict(
            index.filter(MatchExpression(columns, query))
            .annotate(score=Relevance())
            .values_list("index_entry_id", "score")
        )
        if not found:
            return {}
        entries = sqlite.IndexEntry._default_manager.filter(
            content_type__in=get_descendants_content_types_pks(model)
        )
        return {
            model._meta.pk.to_python(key): found[entry]
            for entry, key in entries.values_list("pk", "object_id")
            if entry in found
        }

    def search(
        self, config: Any, start: int | None, stop: int | None, score_field: str | None = None
    ) -> Any:
        """The objects that were found; the results put them in order."""
        if not self.is_simple or score_field is not None:
            return super().search(config, start, stop, score_field)
        found = self.queryset.filter(pk__in=self.scores)
        if not self.order_by_relevance and not found.query.order_by:
            found = found.order_by("-pk")
        return found[start:stop]


class AutocompleteQueryCompiler(QueryCompiler, sqlite.SQLiteAutocompleteQueryCompiler):
    LAST_TERM_IS_PREFIX = True
    FTS_TABLE_FIELDS = ["autocomplete"]


class SearchResults(sqlite.SQLiteSearchResults):
    def _do_search(self) -> Sequence[Any]:
        """By relevance, in Python: as a subquery SQLite would score every hit against every hit."""
        compiler: QueryCompiler = self.query_compiler
        if not compiler.is_simple or not compiler.order_by_relevance or self._score_field:
            results: list[Any] = super()._do_search()
            return results
        scores = compiler.scores
        found: QuerySet[Any] = compiler.queryset.filter(pk__in=scores).order_by()
        if self.start or self.stop is not None:
            ranked = sorted(found.values_list("pk", flat=True), key=lambda pk: (scores[pk], -pk))
            found = compiler.queryset.filter(pk__in=ranked[self.start : self.stop]).order_by()
        return sorted(found, key=lambda each: (scores[each.pk], -each.pk))

    def rows(self, *fields: str) -> list[tuple[Any, ...]]:
        """The fields of everything that was found, best first, without making objects of it."""
        scores = self.query_compiler.scores
        found = self.query_compiler.queryset.filter(pk__in=scores).order_by()
        rows = sorted(found.values_list("pk", *fields), key=lambda row: (scores[row[0]], -row[0]))
        return [row[1:] for row in rows]


class JapaneseSQLiteBackend(sqlite.SQLiteSearchBackend):
    query_compiler_class = QueryCompiler
    autocomplete_query_compiler_class = AutocompleteQueryCompiler
    results_class = SearchResults
