from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, Q

from lms.core.calendar import today
from lms.people.models import Person, Posting


class EmployeeNumberBackend(ModelBackend):
    """Sign-in by 職員番号. Who has left cannot sign in, nor go on in a session that is still open.

    Left means: had postings, and none of them is in force or still to come. External people never
    had one.
    """

    def get_user(self, user_id: int) -> Person | None:
        last = Posting.objects.filter(person=OuterRef("pk"))
        still = last.filter(Q(ends_on=None) | Q(ends_on__gte=today()))
        return (
            Person.objects.filter(pk=user_id, is_active=True)
            .filter(Exists(still) | ~Exists(last))
            .first()
        )

    def user_can_authenticate(self, user: Any) -> bool:
        return user is not None and self.get_user(user.pk) is not None
