"""Slows down guessing of passwords: for one employee number, from one address.

A colleague at another machine can still sign in, and so can the person, from theirs.
"""

import hashlib

from django.core.cache import cache

MAX_FAILURES = 10
WINDOW_SECONDS = 15 * 60


def _key(employee_number: str, address: str) -> str:
    digest = hashlib.sha256(f"{employee_number.casefold()}\n{address}".encode()).hexdigest()
    return f"sign-in-failures:{digest}"


def is_held_back(*, employee_number: str, address: str) -> bool:
    return int(cache.get(_key(employee_number, address), 0)) >= MAX_FAILURES


def note_failure(*, employee_number: str, address: str) -> None:
    key = _key(employee_number, address)
    if cache.add(key, 1, WINDOW_SECONDS):
        return
    try:
        cache.incr(key)
    except ValueError:  # It ran out in between.
        cache.set(key, 1, WINDOW_SECONDS)


def forget(*, employee_number: str, address: str) -> None:
    cache.delete(_key(employee_number, address))
