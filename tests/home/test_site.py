import pytest
from django.contrib.auth.models import Group
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    Locale,
    Page,
    Site,
    Workflow,
)

from courses.models import CourseIndexPage
from lms.home.domain.site import prepare_site
from lms.home.models import HomePage
from lms.people.enums import Role
from tests.factories.courses import make_course
from tests.factories.people import PersonFactory


def assert_site_stands() -> None:
    home = HomePage.objects.get()
    assert Page.get_first_root_node().get_children().get().pk == home.pk
    assert home.get_children().get().specific == CourseIndexPage.objects.get()
    assert Site.objects.get().root_page_id == home.pk
    assert Locale.objects.get().language_code == "ja"
    assert Collection.objects.get().is_root()
    assert {group.name for group in Group.objects.all()} == set(Role.values)


@pytest.mark.django_db
def test_a_new_database_has_the_pages_and_nothing_of_wagtails_stock() -> None:
    assert_site_stands()
    workflow = Workflow.objects.get()
    assert [page.specific for page in workflow.all_pages()] == [CourseIndexPage.objects.get()]
    assert [group.name for group in GroupApprovalTask.objects.get().groups.all()] == [
        Role.DX_OFFICE
    ]


@pytest.mark.django_db
def test_a_workflow_that_the_office_does_without_stays_away() -> None:
    Workflow.objects.get().delete()
    prepare_site()
    assert not Workflow.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_flush_between_two_tests_leaves_a_site_that_works(turn: int, client) -> None:
    assert_site_stands()
    course = make_course()
    client.force_login(PersonFactory(is_superuser=True))
    assert course.url == "/courses/security/"
    assert client.get(f"/cms/pages/{course.pk}/edit/").status_code == 200


@pytest.mark.django_db
def test_preparing_twice_changes_nothing() -> None:
    before = (
        Page.objects.count(),
        Group.objects.count(),
        GroupCollectionPermission.objects.count(),
    )
    prepare_site()
    after = (Page.objects.count(), Group.objects.count(), GroupCollectionPermission.objects.count())
    assert after == before
    assert_site_stands()


@pytest.mark.django_db
def test_a_stock_group_that_somebody_uses_is_kept() -> None:
    editors = Group.objects.create(name="Editors")
    PersonFactory().groups.add(editors)
    prepare_site()
    assert Group.objects.filter(name="Editors").exists()
