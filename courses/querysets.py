import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from courses.enums import ReleaseKind, Status
from lms.core.calendar import end_of_day
from lms.people.models import Person
from lms.people.querysets import DatedQuerySet


class ReleaseQuerySet(DatedQuerySet):
    def waivers(self) -> Self:
        return self.filter(kind=ReleaseKind.WAIVER)

    def withdrawals(self) -> Self:
        return self.filter(kind=ReleaseKind.WITHDRAWAL)


class AudienceQuerySet(models.QuerySet[Any]):
    def containing(self, person: Person, *, on: dt.date) -> Self:
        """The audiences that the person belongs to on the day, as domain.audiences counts them."""
        from courses.models import Audience

        def linked(field: str, **match: Any) -> Exists:
            through = getattr(Audience, field).through
            return Exists(through.objects.filter(audience=OuterRef("pk"), **match))

        named = linked("included", person=person)
        posting = person.posting(on=on)
        if posting is None:
            return self.filter(named).exclude(linked("excluded", person=person))
        path, step = posting.unit.path, posting.unit.steplen
        above = [path[:end] for end in range(step, len(path) + 1, step)]
        by_units = ~linked("units") | linked("units", unit__path__in=above)
        by_position = ~linked("positions") | linked("positions", position=posting.position_id)
        by_type = ~linked("employment_types") | linked(
            "employment_types", employmenttype=posting.employment_type_id
        )
        anybody = (
            Q(everybody=True) | linked("units") | linked("positions") | linked("employment_types")
        )
        return self.filter(named | (anybody & by_units & by_position & by_type)).exclude(
            linked("excluded", person=person)
        )


class OfferingQuerySet(models.QuerySet[Any]):
    def open(self, *, on: dt.date) -> Self:
        """Offerings that can be taken on the day."""
        return self.filter(opens_on__lte=on).filter(
            Q(closes_on__isnull=True) | Q(closes_on__gte=on)
        )

    def offered_to(self, person: Person, *, on: dt.date) -> Self:
        """Voluntary ones that the person may enrol in on the day and has not."""
        from courses.models import Audience

        return (
            self.open(on=on)
            .filter(is_mandatory=False, course__live=True)
            .filter(audience__in=Audience.objects.containing(person, on=on))
            .exclude(enrolments__person=person)
        )


class EnrolmentQuerySet(models.QuerySet[Any]):
    def with_status(self, *, on: dt.date) -> Self:
        """Annotates ``status``, a Status value, as the facts stood at the end of the day.

        Exactly one holds for each enrolment assigned by then: completed, else withdrawn, else
        waived, else in progress, else not started.
        """
        from courses.models import Release

        releases = Release.objects.in_force(on=on).filter(enrolment=OuterRef("pk"))
        after = end_of_day(on)
        return self.annotate(
            status=Case(
                When(completed_at__lt=after, then=Value(Status.COMPLETED.value)),
                When(Exists(releases.withdrawals()), then=Value(Status.WITHDRAWN.value)),
                When(Exists(releases.waivers()), then=Value(Status.WAIVED.value)),
                When(started_at__lt=after, then=Value(Status.IN_PROGRESS.value)),
                default=Value(Status.NOT_STARTED.value),
                output_field=models.CharField(),
            )
        )

    def assigned(self, *, on: dt.date) -> Self:
        """Enrolments that existed on the day."""
        return self.filter(assigned_on__lte=on)

    def not_withdrawn(self, *, on: dt.date) -> Self:
        from courses.models import Release

        withdrawals = Release.objects.withdrawals().in_force(on=on)
        return self.exclude(
            Exists(withdrawals.filter(enrolment=OuterRef("pk"))), completed_at__isnull=True
        )

    def to_do(self, *, on: dt.date) -> Self:
        """What still obliges on the day: neither completed, waived nor withdrawn."""
        return self.with_status(on=on).filter(status__in=[Status.NOT_STARTED, Status.IN_PROGRESS])

    def overdue(self, *, on: dt.date) -> Self:
        """To do, and the due day has passed; on the due day itself nothing is overdue."""
        return self.to_do(on=on).filter(due_on__lt=on)

    def visible_to(self, viewer: Person, *, on: dt.date) -> Self:
        people: models.QuerySet[Any] = Person.objects.visible_to(viewer, on=on)
        return self.filter(person__in=people)
