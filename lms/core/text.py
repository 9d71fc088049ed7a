"""How text is compared, and lengths of time are told.

Names are stored exactly as given; only keys are normalised.
"""

import re
import unicodedata

from django.utils.translation import gettext

VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# A half-width kana in a roster arrives as base + voicing mark; NFKC joins them.
HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")


def search_key(*parts: str) -> str:
    """One string to look a thing up by: NFKC, case folded, without spaces inside a part."""
    folded = (unicodedata.normalize("NFKC", part).casefold() for part in parts)
    return " ".join("".join(VARIATION_SELECTORS.sub("", part).split()) for part in folded if part)


def full_width_kana(text: str) -> str:
    """Half-width kana turned into full-width; every other character stays as it is."""
    return HALF_WIDTH_KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)


def duration(seconds: int) -> str:
    """5分12秒, 12秒, 1時間0分5秒."""
    hours, rest = divmod(seconds, 3600)
    told = {"hours": hours, "minutes": rest // 60, "seconds": rest % 60}
    if hours:
        return gettext("%(hours)s h %(minutes)s min %(seconds)s s") % told
    if told["minutes"]:
        return gettext("%(minutes)s min %(seconds)s s") % told
    return gettext("%(seconds)s s") % told
