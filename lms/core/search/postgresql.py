"""Search on PostgreSQL's tsvector.

PostgreSQL keeps where a word stands up to the 16,383rd word and 256 times for each: in a page
longer than that (some 16,000 characters, an hour's reading) the end is found less surely.
"""

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import F
from modelsearch.backends.database.postgres import postgres
from modelsearch.query import Phrase, PlainText

from lms.core.search.querying import IndexedText, match

# A tsvector takes a megabyte; what is longer would stop the page from being saved.
MAX_INDEXED = 150_000


class ObjectIndexer(IndexedText, postgres.ObjectIndexer):
    def as_vector(self, texts: list[tuple[str, str]], for_autocomplete: bool = False) -> Any:  # noqa: FBT001, FBT002
        short = [(text[:MAX_INDEXED], weight) for text, weight in texts]
        return super().as_vector(short, for_autocomplete)


# The index makes its indexers by this name in its own module and offers no other way to choose
# them; this is the only thing that is replaced in somebody else's code.
postgres.ObjectIndexer = ObjectIndexer


def in_a_row(tokens: list[str], is_open: bool) -> str:  # noqa: FBT001
    return " <-> ".join(f"'{token}'" for token in tokens) + (":*" if is_open else "")


class QueryCompiler(postgres.PostgresSearchQueryCompiler):
    def build_tsquery_content(self, query: Any, config: Any = None, invert: bool = False) -> Any:  # noqa: FBT001, FBT002
        if not isinstance(query, PlainText | Phrase):
            return super().build_tsquery_content(query, config=config, invert=invert)
        text = match(query, in_a_row, operators=("&", "|"), completing=self.LAST_TERM_IS_PREFIX)
        return SearchQuery(text, search_type="raw", config=config, invert=invert)

    def get_search_vectors(self, search_query: Any) -> Any:
        """Always what the index holds: the columns themselves are not cut into words."""
        if self.fields == ["title"]:
            return [(F("index_entries__title"), F("index_entries__title_norm"))]
        return self.get_index_vectors(search_query)


class AutocompleteQueryCompiler(QueryCompiler, postgres.PostgresAutocompleteQueryCompiler):
    LAST_TERM_IS_PREFIX = True

    def get_search_vectors(self, search_query: Any) -> Any:
        return self.get_index_vectors(search_query)


class SearchResults(postgres.PostgresSearchResults):
    def rows(self, *fields: str) -> list[tuple[Any, ...]]:
        """The fields of everything that was found, best first, without making objects of it."""
        return list(self.get_queryset().values_list(*fields))


class JapanesePostgresBackend(postgres.PostgresSearchBackend):
    query_compiler_class = QueryCompiler
    autocomplete_query_compiler_class = AutocompleteQueryCompiler
    results_class = SearchResults

    def __init__(self, params: dict[str, Any]) -> None:
        # No stemming: it knows European languages only.
        super().__init__({"SEARCH_CONFIG": "simple", **params})
