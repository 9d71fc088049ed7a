"""What somebody finds: pages of the courses that they may see, and people. Reading only.

A step that cannot be opened yet is named, not quoted.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Prefetch, Q, QuerySet
from django.utils.safestring import SafeString
from wagtail.blocks import ListBlock, StreamBlock, StructBlock
from wagtail.blocks.field_block import ChooserBlock
from wagtail.fields import StreamField
from wagtail.models import Page

from courses.domain.learning import enrolments_for
from courses.models import CoursePage, Enrolment, Offering, StepPage, StepProgress
from courses.permissions import can_read_every_course, visible_courses
from lms.core.search.passages import contained, excerpt, marked
from lms.core.search.words import MAX_QUERY, words
from lms.core.text import search_key
from lms.people.domain.reading import record_list_read
from lms.people.enums import Role
from lms.people.models import Person, Posting, Unit

# ぁ to ゖ and the iteration marks; katakana stands the same distance further on.
TO_KATAKANA = {
    code: code + 0x60 for code in [*range(ord("ぁ"), ord("ゖ") + 1), ord("ゝ"), ord("ゞ")]
}


def tidy(query: str) -> str:
    """What was typed, without what nobody types: control characters, spaces in a row."""
    printable = "".join(sign if sign.isprintable() else " " for sign in query)
    return " ".join(printable.split())[:MAX_QUERY]


# Courses and their steps -----------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A page that was found, before anything else of it is read."""

    pk: int
    path: str
    course: CoursePage


@dataclass(frozen=True)
class Hit:
    """A page as the list of results shows it."""

    page: Page
    course: CoursePage
    title: SafeString
    passage: SafeString
    enrolment: Enrolment | None
    is_step_completed: bool
    is_locked: bool

    @property
    def is_course(self) -> bool:
        return bool(self.page.pk == self.course.pk)


def find_pages(query: str, *, viewer: Person, on: dt.date) -> list[Found]:
    """Pages that hold every word, best first.

    What has the words in its title comes before what has them in its text; then a course comes
    before steps; then what the index holds to be more relevant.
    """
    wanted = words(query)
    courses = {
        course.path: course
        for course in visible_courses(viewer, on=on).only("title", "path", "url_path")
    }
    if not wanted or not courses:
        return []
    step = Page.steplen
    ranked: list[tuple[int, bool, Found]] = []
    for pk, path, title in Page.objects.live().search(query).rows("pk", "path", "title"):
        course = courses.get(path) or courses.get(path[:-step])
        if course is not None:
            found = Found(pk=pk, path=path, course=course)
            ranked.append((-len(contained(title, wanted)), path != course.path, found))
    ranked.sort(key=lambda each: each[:2])
    return [found for _, _, found in ranked]


def show_pages(shown: Sequence[Found], query: str, *, viewer: Person, on: dt.date) -> list[Hit]:
    """One screen of what was found, with its passages. So many queries, however many hits."""
    wanted = words(query)
    pages = {
        page.pk: page
        for page in Page.objects.filter(pk__in=[found.pk for found in shown]).specific()
    }
    enrolments = enrolments_for(viewer, {found.course for found in shown}, on=on)
    completed = _completed(enrolments.values())
    locked = _locked(enrolments, completed, shown)
    reads_all = can_read_every_course(viewer)
    hits = []
    for found in shown:
        page = pages[found.pk]
        enrolment = enrolments.get(found.course.pk)
        is_course = page.pk == found.course.pk
        is_readable = is_course or (page.pk not in locked and (enrolment is not None or reads_all))
        hits.append(
            Hit(
                page=page,
                course=found.course,
                title=marked(page.title, wanted),
                passage=excerpt(readable_texts(page) if is_readable else [], wanted),
                enrolment=enrolment,
                is_step_completed=enrolment is not None and page.pk in completed[enrolment.pk],
                is_locked=page.pk in locked,
            )
        )
    return hits


def _completed(enrolments: Iterable[Enrolment]) -> dict[int, set[int]]:
    """The pages of the completed steps, by enrolment."""
    done: dict[int, set[int]] = defaultdict(set)
    progress = StepProgress.objects.filter(enrolment__in=enrolments)
    for enrolment, page in progress.values_list("enrolment_id", "page_id"):
        done[enrolment].add(page)
    return done


def _locked(
    enrolments: dict[int, Enrolment], completed: dict[int, set[int]], shown: Sequence[Found]
) -> set[int]:
    """The steps that wait for one before them, in courses that are not completed."""
    courses = {found.course.path: found.course for found in shown}
    below = Q(pk__in=[])
    for path in courses:
        below |= Q(path__startswith=path)
    locked: set[int] = set()
    waiting: set[int] = set()
    steps = StepPage.objects.live().filter(below).order_by("path").values_list("pk", "path")
    for page, path in steps:
        enrolment = enrolments.get(courses[path[: -Page.steplen]].pk)
        if enrolment is None or enrolment.completed_at or page in completed[enrolment.pk]:
            continue
        if enrolment.pk in waiting:
            locked.add(page)
        waiting.add(enrolment.pk)
    return locked


def readable_texts(page: Page) -> list[str]:
    """The texts that the index holds of a page, without its title, in their order."""
    texts: list[str] = []
    for field in page.get_searchable_search_fields():
        if field.field_name == "title":
            continue
        column = page._meta.get_field(field.field_name)
        if isinstance(column, StreamField):
            stream = getattr(page, field.field_name)
            texts += _texts(stream.stream_block, list(stream.raw_data))
        else:
            value = field.get_value(page)
            texts += value if isinstance(value, list) else [value]
    return texts


def _texts(block: Any, raw: Any) -> Iterator[str]:
    """A block's texts from what is stored: asking the blocks would fetch every picture."""
    if isinstance(block, StreamBlock):
        for item in raw or []:
            if child := block.child_blocks.get(item["type"]):
                yield from _texts(child, item["value"])
    elif isinstance(block, ListBlock):
        for item in raw or []:
            is_item = isinstance(item, dict) and item.get("type") == "item"
            yield from _texts(block.child_block, item["value"] if is_item else item)
    elif isinstance(block, StructBlock):
        for name, child in block.child_blocks.items():
            if name in (raw or {}):
                yield from _texts(child, raw[name])
    elif raw and not isinstance(block, ChooserBlock):
        yield from block.get_searchable_content(block.to_python(raw))


# People ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FoundPerson:
    person: Person
    unit_id: int | None = None
    unit: str = ""
    position: str = ""


def can_find_people(viewer: Person, *, on: dt.date) -> bool:
    """Whoever sees more people than themselves."""
    return sees_everybody(viewer) or Unit.objects.headed_by(viewer, on=on).exists()


def sees_everybody(viewer: Person) -> bool:
    return viewer.has_role(Role.TRAINING_ADMIN, Role.AUDITOR)


def find_people(query: str, *, viewer: Person, on: dt.date) -> QuerySet[Person]:
    """People whose number, name or kana contains every word; hiragana stands for katakana."""
    people = Person.objects.visible_to(viewer, on=on)
    keys = {search_key(word) for word in query.split()} - {""}
    if not keys:
        return cast("QuerySet[Person]", people.none())
    for key in keys:
        people = people.filter(
            Q(search_key__contains=key) | Q(search_key__contains=key.translate(TO_KATAKANA))
        )
    return cast("QuerySet[Person]", people)


def show_people(people: Sequence[Person], *, viewer: Person, on: dt.date) -> list[FoundPerson]:
    """One screen of people with their post of the day; 内示 is for HR alone."""
    posts = Posting.objects.primary().in_force(on=on).select_related("position")
    if not viewer.has_role(Role.TRAINING_ADMIN):
        posts = posts.public(on=on)
    shown = list(
        Person.objects.filter(pk__in=[person.pk for person in people]).prefetch_related(
            Prefetch("postings", posts, to_attr="present_posts")
        )
    )
    paths = Unit.objects.paths_shown()
    return [_found_person(person, paths) for person in shown]


def _found_person(person: Any, paths: dict[int, str]) -> FoundPerson:
    post = next(iter(person.present_posts), None)
    if post is None:
        return FoundPerson(person)
    position = post.position.name if post.position else ""
    return FoundPerson(person, unit_id=post.unit_id, unit=paths[post.unit_id], position=position)


def newest_mandatory(*, on: dt.date) -> Offering | None:
    """The offering whose report a head is led to."""
    offering: Offering | None = (
        Offering.objects.open(on=on)
        .filter(is_mandatory=True)
        .order_by("-fiscal_year", "-opens_on", "-pk")
        .first()
    )
    return offering


def record_people_read(
    query: str, people: Iterable[Person], *, by: Person, at: dt.datetime
) -> None:
    """Names were shown to somebody who sees everybody's.

    As with the reports, this is the one thing that a GET may write.
    """
    record_list_read("search", people, by=by, at=at, query=query)
