"""What is on record about a page."""

from wagtail.models import Page

from courses.models import Enrolment, Offering, StepProgress


def records_of(page: Page) -> int:
    """How many enrolments point at the page or at pages below it; offerings count as well."""
    pages = Page.objects.descendant_of(page, inclusive=True)
    offered = Offering.objects.filter(course__in=pages.values("pk"))
    enrolled = Enrolment.objects.filter(offering__in=offered).values("pk")
    progressed = StepProgress.objects.filter(page__in=pages.values("pk")).values("enrolment")
    people = Enrolment.objects.filter(pk__in=enrolled.union(progressed)).values("person")
    return people.distinct().count() or offered.count()
