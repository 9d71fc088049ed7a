"""Reading notices. Looking at one changes nothing; saying that one has read it does."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from lms.home.models import Notice, NoticeRead
from lms.people.models import Person

SHOWN_ON_MY_PAGE = 3
NEW_DAYS = 14


def mark_read(notices: Iterable[Notice], *, by: Person, at: dt.datetime) -> None:
    """Saying so twice changes nothing."""
    NoticeRead.objects.bulk_create(
        [NoticeRead(notice=notice, person=by, read_at=at) for notice in notices],
        ignore_conflicts=True,
    )


def on_my_page(person: Person, *, on: dt.date) -> list[Notice]:
    """What is not read: the important ones, then what began in the last two weeks."""
    new = Q(is_important=True) | Q(starts_on__gt=on - dt.timedelta(days=NEW_DAYS))
    unread = Notice.objects.visible_to(person, on=on).read_or_not(person).filter(is_read=False)
    return list(
        unread.filter(new).order_by("-is_important", "-starts_on", "-pk")[:SHOWN_ON_MY_PAGE]
    )
