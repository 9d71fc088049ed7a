"""What both databases have in common."""

from collections.abc import Callable
from typing import Any

from django.utils.encoding import force_str
from modelsearch.query import Phrase, PlainText

from lms.core.search.words import Word, indexed, phrase, words

# Stands in no index, where Japanese is in pairs: what a query without any letter looks for.
NOTHING = "〆〆〆"


class IndexedText:
    """Comes before the database's own indexer and cuts every text into the words of the index."""

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, list):
            return " ".join(self.prepare_value(item) for item in value)
        if isinstance(value, dict):
            return " ".join(self.prepare_value(item) for item in value.values())
        return "" if value is None else indexed(force_str(value))


def words_of(query: PlainText | Phrase) -> list[Word]:
    return (phrase if isinstance(query, Phrase) else words)(query.query_string)


def match(
    query: PlainText | Phrase,
    written: Callable[[list[str], bool], str],
    *,
    operators: tuple[str, str],
    completing: bool,
) -> str:
    """The query in the database's own language, as one text.

    Tokens are letters and digits alone, so nothing in them needs escaping. ``written`` writes
    tokens that must follow one another, the last of them open or not; ``operators`` are the ones
    for all and for any of the words. When completing, the last word may be unfinished.
    """
    found = words_of(query)
    each = [
        written(word.tokens, word.is_open or (completing and word == found[-1])) for word in found
    ] or [written([NOTHING], False)]  # noqa: FBT003
    every, either = operators
    operator = either if getattr(query, "operator", "and") == "or" else every
    return f"({f' {operator} '.join(each)})"
