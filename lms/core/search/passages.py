"""The lines of a text in which words were found, with the words marked."""

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lms.core.search.words import Word, fold, fold_with_origins

# How many characters of a text are shown, and how many of them before the first word.
LENGTH = 110
LEAD = 30
# Words that are far apart are shown in so many places.
PLACES = 2

Span = tuple[int, int]


def spans(text: str, words: Iterable[Word]) -> list[Span]:
    """Where the words stand in the text as it was written, in order and without overlaps."""
    folded, origins = fold_with_origins(text)
    found = sorted(
        (origins[match.start()][0], origins[match.end() - 1][1])
        for word in words
        for match in word.pattern.finditer(folded)
    )
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def contained(text: str, words: Iterable[Word]) -> set[Word]:
    """Which of the words the text contains."""
    folded = fold(text)
    return {word for word in words if word.pattern.search(folded)}


def marked(text: str, words: Iterable[Word]) -> SafeString:
    """The whole text as HTML, the words in <mark>."""
    return _marked(text, spans(text, words))


def excerpt(texts: Iterable[str], words: Sequence[Word]) -> SafeString:
    """Where most of the words stand, else how the text begins; empty if there is no text."""
    tidy = [" ".join(text.split()) for text in texts]
    tidy = [text for text in tidy if text]
    found = [(text, contained(text, words)) for text in tidy]
    missing = set(words)
    places: list[SafeString] = []
    while missing and len(places) < PLACES:
        text, here = max(found, key=lambda place: len(place[1] & missing), default=("", set()))
        if not here & missing:
            break
        shown, seen = _window(text, words, missing)
        places.append(shown)
        missing -= seen
    if places:
        return format_html_join(" ", "{}", ((place,) for place in places))
    return _cut(tidy[0], 0, []) if tidy else mark_safe("")


def _window(text: str, words: Sequence[Word], wanted: set[Word]) -> tuple[SafeString, set[Word]]:
    """A stretch of the text that begins shortly before the first word that is wanted."""
    everywhere = spans(text, words)
    first = spans(text, wanted)[0][0]
    start = max(first - LEAD, 0)
    # Better at the beginning of a sentence, if one begins there.
    sentence = text.rfind("。", start, first)
    if start and sentence >= 0:
        start = sentence + 1
    start += len(text[start:]) - len(text[start:].lstrip())
    inside = text[start : start + LENGTH]
    return _cut(text, start, everywhere), contained(inside, wanted) or wanted


def _cut(text: str, start: int, where: list[Span]) -> SafeString:
    end = start + LENGTH
    inside = [
        (max(first, start) - start, min(last, end) - start)
        for first, last in where
        if first < end and last > start
    ]
    return format_html(
        "{}{}{}",
        "…" if start else "",
        _marked(text[start:end], inside),
        "…" if end < len(text) else "",
    )


def _marked(text: str, where: Sequence[Span]) -> SafeString:
    pieces: list[SafeString] = []
    place = 0
    for start, end in where:
        pieces.append(format_html("{}<mark>{}</mark>", text[place:start], text[start:end]))
        place = end
    pieces.append(format_html("{}", text[place:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))
