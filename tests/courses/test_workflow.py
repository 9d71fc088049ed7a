"""What authors write is seen by the digital strategy section before learners see it."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from wagtail.models import TaskState, WorkflowState

from courses.models import LessonPage
from lms.people.enums import Role
from lms.people.models import Person
from tests.courses.test_admin import lesson_data
from tests.factories.courses import make_course, make_lesson
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Person:
    return PersonFactory(name="小林　彩", roles=[Role.AUTHOR], email="author@example.jp")


@pytest.fixture
def office() -> Person:
    return PersonFactory(name="田中　翔太", roles=[Role.DX_OFFICE], email="dx@example.jp")


def browser_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def edit(client: Client, lesson: LessonPage, **facts: Any) -> Any:
    return client.post(
        reverse("wagtailadmin_pages:edit", args=[lesson.pk]), lesson_data(**facts), follow=True
    )


def decide(client: Client, lesson: LessonPage, action: str, comment: str = "") -> Any:
    state = TaskState.objects.get(status=TaskState.STATUS_IN_PROGRESS)
    address = reverse("wagtailadmin_pages:workflow_action", args=[lesson.pk, action, state.pk])
    return client.post(address, {"comment": comment})


def test_from_the_author_over_a_comment_to_the_learner(author: Person, office: Person) -> None:
    lesson = make_lesson(make_course())
    writes, decides = browser_of(author), browser_of(office)

    edit(writes, lesson, title="新しい題", **{"action-submit": "1"})
    lesson.refresh_from_db()
    assert lesson.title != "新しい題", "nothing is published yet"
    assert [to for message in mail.outbox for to in message.to] == ["dx@example.jp"]
    assert "新しい題" in decides.get(reverse("wagtailadmin_home")).content.decode()

    decide(decides, lesson, "reject", "例を足してください。")
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_NEEDS_CHANGES
    shown = writes.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk])).content.decode()
    assert "例を足してください。" in shown

    edit(writes, lesson, title="例を足した題", **{"action-submit": "1"})
    decide(decides, lesson, "approve")
    lesson.refresh_from_db()
    assert lesson.title == "例を足した題"
    assert lesson.live_revision is not None


def test_an_author_publishes_nothing_past_the_office(author: Person) -> None:
    lesson = make_lesson(make_course())
    client = browser_of(author)
    edit(client, lesson, title="近道", **{"action-publish": "1"})
    lesson.refresh_from_db()
    assert lesson.title == "パスワード"
    client.post(reverse("wagtailadmin_pages:unpublish", args=[lesson.pk]))
    lesson.refresh_from_db()
    assert lesson.live


def test_an_author_decides_nothing(author: Person, office: Person) -> None:
    lesson = make_lesson(make_course())
    client = browser_of(author)
    edit(client, lesson, title="自分で承認", **{"action-submit": "1"})
    decide(client, lesson, "approve")
    lesson.refresh_from_db()
    assert lesson.title == "パスワード"
