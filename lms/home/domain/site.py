"""The pages, groups and permissions that every installation has. Safe to run at any time."""

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from courses.models import CourseIndexPage
from lms.home.models import HomePage
from lms.people.enums import Role

ALL = ("view", "add", "change", "delete")
KEEP = ("view", "add", "change")
QUESTION_BANK: dict[str, tuple[str, ...]] = {
    "quizzes.question": (*ALL, "publish"),
    "quizzes.questioncategory": ALL,
}
# Videos and audio for the lessons; records keep a recording from being deleted, not the role.
LESSONS: dict[str, tuple[str, ...]] = {**QUESTION_BANK, "courses.recording": ALL}
# Staff and organisation. Nobody but administrators may change a Person through Wagtail's account
# screens; who may change postings keeps names and e-mail on the screens of lms.people.
PEOPLE: dict[str, tuple[str, ...]] = {
    "people.person": ("view",),
    "people.unit": KEEP,
    "people.position": KEEP,
    "people.employmenttype": KEEP,
    "people.posting": ALL,
    "people.leave": ALL,
    "people.appointment": ALL,
    "people.rosterimport": ("view", "add"),
}
# What each role may do with which models in the admin: role > "app.model" > actions.
MODEL_PERMISSIONS: dict[Role, dict[str, tuple[str, ...]]] = {
    Role.TRAINING_ADMIN: {
        **PEOPLE,
        "courses.audience": ALL,
        "courses.offering": ALL,
        "courses.certificate": ("view",),
        "home.notice": ALL,
    },
    Role.DX_OFFICE: {**LESSONS, "home.notice": ALL},
    Role.AUTHOR: {**LESSONS},
    Role.AUDITOR: {"courses.certificate": ("view",), **dict.fromkeys(PEOPLE, ("view",))},
}
PAGE_PERMISSIONS: dict[Role, tuple[str, ...]] = {
    Role.AUTHOR: ("add_page", "change_page"),
    Role.DX_OFFICE: ("add_page", "change_page", "publish_page"),
}
# Pictures and files for the lessons: "app.codename", on every collection.
COLLECTION_PERMISSIONS: dict[Role, tuple[str, ...]] = {
    role: tuple(
        f"{app}.{action}_{model}"
        for app, model in (("wagtailimages", "image"), ("wagtaildocs", "document"))
        for action in ("add", "change", "choose")
    )
    for role in (Role.AUTHOR, Role.DX_OFFICE)
}
# What Wagtail makes on a new database: groups that mean no role here, and their workflow.
STOCK_GROUPS = ("Moderators", "Editors")
STOCK_WORKFLOW = "Moderators approval"


def prepare_site() -> None:
    with transaction.atomic():
        _groups()
        _pages()
        _collections()


def _remove_stock() -> None:
    """Unless somebody uses them."""
    removed, _ = Group.objects.filter(name__in=STOCK_GROUPS, user=None).delete()
    if removed:
        for workflow in Workflow.objects.filter(name=STOCK_WORKFLOW, workflow_states=None):
            for step in workflow.workflow_tasks.all():
                step.task.delete()
            workflow.delete()


def _groups() -> None:
    access = Permission.objects.get(
        content_type=ContentType.objects.get(app_label="wagtailadmin", model="admin"),
        codename="access_admin",
    )
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.value)
        if role in MODEL_PERMISSIONS:
            group.permissions.set([access, *_model_permissions(MODEL_PERMISSIONS[role])])
    _remove_stock()


def _model_permissions(models: dict[str, tuple[str, ...]]) -> list[Permission]:
    wanted = {
        (label, f"{action}_{label.split('.')[1]}")
        for label, actions in models.items()
        for action in actions
    }
    found = {
        (
            f"{permission.content_type.app_label}.{permission.content_type.model}",
            permission.codename,
        ): permission
        for permission in Permission.objects.select_related("content_type")
    }
    return [found[key] for key in sorted(wanted)]


def _pages() -> None:
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    root = Page.get_first_root_node() or Page.add_root(
        title="Root",
        slug="root",
        content_type=ContentType.objects.get_for_model(Page),
        locale=locale,
    )
    home = HomePage.objects.first()
    if home is None:
        # The page that Wagtail's own migration makes on a new database.
        Page.objects.filter(depth=2, slug="home", content_type__model="page").delete()
        root.refresh_from_db()
        home = root.add_child(instance=HomePage(title="ホーム", slug="home", locale=locale))
    if not CourseIndexPage.objects.exists():
        courses = home.add_child(
            instance=CourseIndexPage(title="研修", slug="courses", locale=locale)
        )
        _workflow(courses)
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"hostname": "localhost", "port": 80, "root_page": home},
    )
    index = CourseIndexPage.objects.get()
    for role, codenames in PAGE_PERMISSIONS.items():
        for codename in codenames:
            GroupPagePermission.objects.get_or_create(
                group=Group.objects.get(name=role.value),
                page=index,
                permission=Permission.objects.get(
                    content_type=ContentType.objects.get_for_model(Page), codename=codename
                ),
            )


def _workflow(courses: CourseIndexPage) -> None:
    """Authors submit, the dx office approves. Made once: an office may change it or do without."""
    task = GroupApprovalTask.objects.create(name="デジタル戦略課の確認")
    task.groups.set(Group.objects.filter(name=Role.DX_OFFICE.value))
    workflow = Workflow.objects.create(name="公開前の確認")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    WorkflowPage.objects.create(workflow=workflow, page=courses)


def _collections() -> None:
    root = Collection.get_first_root_node() or Collection.add_root(name="Root")
    for role, names in COLLECTION_PERMISSIONS.items():
        group = Group.objects.get(name=role.value)
        for name in names:
            app_label, codename = name.split(".")
            GroupCollectionPermission.objects.get_or_create(
                group=group,
                collection=root,
                permission=Permission.objects.get(
                    content_type__app_label=app_label, codename=codename
                ),
            )
