"""How text becomes the words of an index, and a query the words to look for.

Japanese is indexed as overlapping pairs of characters: 情報共有 as 情報, 報共, 共有, and its last
character 有 by itself. A query is cut the same way and its pairs must follow one another, which
finds exactly the texts that contain it. Therefore 京都 also finds 東京都: a search that is never
too narrow was chosen over one that guesses where a word begins. Other scripts are found by whole
words: PC does not find PCR.

Half-width and full-width, upper and lower case are the same (NFKC, case folded); variants of a
character such as 高 and 髙 are not.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lms.core.text import VARIATION_SELECTORS

# Kana and kanji, with 々〆〇 and the long vowel mark; ・ and 、 stand between words.
JAPANESE = (
    "\u3005-\u3007\u303b\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U000323af"
)
OTHER_LETTER = f"(?![{JAPANESE}])[^\\W_]"
PART = re.compile(f"[{JAPANESE}]+|(?:{OTHER_LETTER})+")
BETWEEN_WORDS = re.compile(r"[\s、。・]+")
# What belongs to the character before it when both are normalised.
CLUSTER = re.compile(
    ".[\u0300-\u036f\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef]*", re.DOTALL
)
# Nobody means more; what is longer was pasted by mistake, and databases refuse it.
MAX_QUERY = 200


def fold(text: str) -> str:
    return VARIATION_SELECTORS.sub("", unicodedata.normalize("NFKC", text)).casefold()


# A text of 2,000 characters has some hundred different ones.
_fold_cluster = lru_cache(maxsize=4096)(fold)


def fold_with_origins(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The folded text, and for each of its characters the stretch of the text it stands for."""
    folded = fold(text)
    if len(folded) == len(text) and unicodedata.is_normalized("NFKC", text):
        return folded, [(place, place + 1) for place in range(len(text))]
    characters: list[str] = []
    origins: list[tuple[int, int]] = []
    for cluster in CLUSTER.finditer(text):
        for character in _fold_cluster(cluster[0]):
            characters.append(character)
            origins.append(cluster.span())
    return "".join(characters), origins


def is_japanese(part: str) -> bool:
    return re.match(f"[{JAPANESE}]", part) is not None


def pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[place : place + 2] for place in range(len(run) - 1)]


def with_end(run: str) -> list[str]:
    """A run's pairs, and its last character: the end for whatever looks for a single one."""
    return pairs(run) if len(run) == 1 else [*pairs(run), run[-1]]


def indexed(text: str) -> str:
    """What the index holds for a text."""
    return " ".join(
        token
        for part in PART.findall(fold(text))
        for token in (with_end(part) if is_japanese(part) else [part])
    )


@dataclass(frozen=True)
class Word:
    """One word of a query, as its parts: ネットワークPC is two of them that must be neighbours."""

    parts: tuple[str, ...]

    @property
    def tokens(self) -> list[str]:
        """What must stand in the index, one after the other."""
        *before, last = self.parts
        tokens = [
            token for part in before for token in (with_end(part) if is_japanese(part) else [part])
        ]
        return [*tokens, *(pairs(last) if is_japanese(last) else [last])]

    @property
    def is_open(self) -> bool:
        """Ends in a single character, which may begin any pair."""
        return len(self.parts[-1]) == 1 and is_japanese(self.parts[-1])

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the word in folded text where the index finds it."""
        return re.compile(
            r"[\W_]*".join(
                re.escape(part)
                if is_japanese(part)
                else f"(?<!{OTHER_LETTER}){re.escape(part)}(?!{OTHER_LETTER})"
                for part in self.parts
            )
        )


def words(query: str) -> list[Word]:
    """The words of a query: all of them must be found."""
    return list(dict.fromkeys(_words(fold(query)[:MAX_QUERY])))


def _words(folded: str) -> Iterator[Word]:
    for typed in BETWEEN_WORDS.split(folded):
        if parts := PART.findall(typed):
            yield Word(tuple(parts))


def phrase(query: str) -> list[Word]:
    """The whole query as one word, whatever stands between its parts."""
    parts = PART.findall(fold(query)[:MAX_QUERY])
    return [Word(tuple(parts))] if parts else []
