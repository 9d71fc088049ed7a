"""研修管理 in the admin: offerings and audiences, with what they mean shown before saving."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column, NumberColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import Button
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import SnippetViewSet

from courses import permissions
from courses.domain import audiences, copying, enrolments
from courses.forms import AudienceForm, OfferingForm, RecordingForm, fiscal_year_choices
from courses.models import Audience, Certificate, Enrolment, Offering, Recording
from lms.core import audit
from lms.core.calendar import era_date, fiscal_year_label, today
from lms.core.choosing import KeepersChooserViewSet
from lms.core.deleting import KeepsWhatIsUsed
from lms.core.text import duration, search_key
from lms.people.models import Person, Posting

MEMBERS_SHOWN = 50
FOUND_SHOWN = 20
DUE_RULE = {"due_on", "due_days", "opens_on"}


def _enrolled(*conditions: Q) -> Coalesce:
    """How many enrolments an offering has; counted apart, so that counts do not multiply."""
    counts = (
        Enrolment.objects.filter(*conditions, offering=OuterRef("pk"))
        .order_by()
        .values("offering")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counts), 0)


class OfferingFilterSet(WagtailFilterSet):
    fiscal_year = ChoiceFilter(label=_("fiscal year"), choices=lambda: fiscal_year_choices(today()))

    class Meta:
        model = Offering
        fields = ["fiscal_year", "is_mandatory", "course"]


class OfferingIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Offering]:
        offerings: QuerySet[Offering] = super().get_base_queryset()
        return offerings.select_related("course", "audience").annotate(
            enrolled=_enrolled(), completed=_enrolled(Q(completed_at__isnull=False))
        )

    def get_list_more_buttons(self, instance: Offering) -> list[Button | MenuItem]:
        """Copying an offering means the next year's, and is called so."""
        copies = self.get_copy_url(instance)
        buttons: list[Button | MenuItem] = super().get_list_more_buttons(instance)
        for button in buttons:
            if copies and button.url == copies:
                button.label = _("Make next year's")
        return buttons

    def get_list_buttons(self, instance: Offering) -> list[Button]:
        buttons: list[Button] = super().get_list_buttons(instance)
        if permissions.can_manage_enrolments(self.request.user):
            buttons.append(
                Button(
                    _("Enrolments"),
                    url=reverse("offering_enrolments", args=[instance.pk]),
                    classname="button button-small button-secondary",
                    priority=5,
                )
            )
        return buttons


class SavesAndSyncs:
    """Saving is one transaction with its audit entry and the order to sync the enrolments."""

    request: HttpRequest
    form: BaseForm

    def save_instance(self) -> Any:
        instance = super().save_instance()  # type: ignore[misc]
        at = timezone.now()
        person = self.request.user
        assert isinstance(person, Person)  # noqa: S101 - the admin is for people who signed in
        audit.record(
            f"{instance._meta.model_name}.saved",
            by=person,
            at=at,
            subject=instance,
            changed=sorted(self.form.changed_data),
        )
        if isinstance(instance, Offering) and DUE_RULE & set(self.form.changed_data):
            enrolments.renew_due_days(instance, by=person, at=at)
        enrolments.request_sync(by=person, at=at)
        return instance


class OfferingCreateView(SavesAndSyncs, generic.CreateView):
    pass


class OfferingEditView(SavesAndSyncs, generic.EditView):
    pass


class OfferingCopyView(SavesAndSyncs, generic.CopyView):
    """Next year's offering, filled in to be looked at; nothing is made before saving."""

    def get_page_subtitle(self) -> str:
        return gettext("Next year's offering")

    def get_initial_form_instance(self) -> Offering:
        source: Offering = self.get_object()
        if self.request.method == "GET":
            for made in copying.made_already(source):
                messages.warning(
                    self.request,
                    gettext("There is one for that year already: %(offering)s.")
                    % {"offering": made.slug},
                )
        return copying.of_next_year(source)


class UnusedDeleteView(KeepsWhatIsUsed, generic.DeleteView):
    pass


class OfferingViewSet(ModelViewSet):
    model = Offering
    icon = "date"
    menu_label = _("Offerings")
    name = "offering"
    index_view_class = OfferingIndexView
    add_view_class = OfferingCreateView
    edit_view_class = OfferingEditView
    delete_view_class = UnusedDeleteView
    copy_view_class = OfferingCopyView
    filterset_class = OfferingFilterSet
    search_fields = ["slug", "course__title", "audience__name"]
    search_backend_name = None
    ordering = ["-fiscal_year", "course__title", "slug"]
    list_display = [
        "slug",
        Column("course", label=_("course"), accessor=lambda offering: offering.course.title),
        Column(
            "fiscal_year",
            label=_("fiscal year"),
            accessor=lambda offering: fiscal_year_label(offering.fiscal_year),
            sort_key="fiscal_year",
        ),
        Column("audience", label=_("audience"), accessor=lambda offering: offering.audience.name),
        Column(
            "is_mandatory",
            label=_("kind"),
            accessor=lambda offering: _("mandatory") if offering.is_mandatory else _("voluntary"),
        ),
        Column(
            "opens_on",
            label=_("opening day"),
            accessor=lambda offering: era_date(offering.opens_on),
            sort_key="opens_on",
        ),
        Column(
            "due_on",
            label=_("due on"),
            accessor=lambda offering: era_date(offering.due_on) if offering.due_on else "―",
            sort_key="due_on",
        ),
        NumberColumn("enrolled", label=_("enrolled")),
        NumberColumn("completed", label=_("completed")),
    ]
    _edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("course"),
                    FieldPanel("fiscal_year"),
                    FieldPanel("slug"),
                ],
                heading=_("what"),
            ),
            MultiFieldPanel(
                [FieldPanel("audience"), FieldPanel("is_mandatory")], heading=_("for whom")
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("opens_on"), FieldPanel("closes_on")]),
                    FieldRowPanel([FieldPanel("due_on"), FieldPanel("due_days")]),
                ],
                heading=_("from when to when"),
            ),
        ],
        base_form_class=OfferingForm,
    ).bind_to_model(Offering)


class PreviewsMembers(SavesAndSyncs):
    """A button that shows whom the form means, without saving it. Works without JavaScript."""

    BUTTONS = ("preview", "find_people", "add_included", "add_excluded")

    object: Audience | None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not any(button in request.POST for button in self.BUTTONS):
            return super().post(request, *args, **kwargs)  # type: ignore[misc]
        is_edit = isinstance(self, generic.EditView)
        self.object = self.get_object() if is_edit else None  # type: ignore[attr-defined]
        form: AudienceForm = self.get_form()  # type: ignore[attr-defined]
        form.is_valid()
        for name in set(form.errors) - {"included_numbers", "excluded_numbers"}:
            del form.errors[name]
        return self.render_to_response(  # type: ignore[attr-defined]
            self.get_context_data(form=form, has_unsaved_changes=True)
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        for field in ("included", "excluded"):
            if number := self.request.POST.get(f"add_{field}"):
                data = kwargs["data"] = kwargs["data"].copy()
                name = f"{field}_numbers"
                data[name] = f"{data.get(name, '').rstrip()}\n{number}".strip()
        return kwargs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        # The generic view may have put a new, unchecked form in place of the one it was given.
        form = kwargs.get("form") or context["form"]
        context["form"] = form
        if form.is_bound:
            conditions = form.conditions()
            context["found"] = self._find(form.cleaned_data.get("find", ""))
        elif form.instance.pk:
            conditions = audiences.conditions_of(form.instance)
        else:
            return context
        return context | self._preview(conditions)

    def _preview(self, conditions: audiences.Conditions) -> dict[str, Any]:
        on = today()
        people = audiences.members_by(conditions, on=on).order_by("name_kana", "employee_number")
        page = Paginator(people, MEMBERS_SHOWN).get_page(self.request.POST.get("preview"))
        return {
            "summary": audiences.summary(conditions, on=on),
            "members": page,
            "rows": with_posts(page.object_list),
            "today": on,
        }

    def _find(self, text: str) -> list[tuple[Person, Posting | None]] | None:
        key = search_key(text)
        if not key:
            return None
        found = Person.objects.filter(search_key__contains=key).order_by("name_kana", "pk")
        return with_posts(found[:FOUND_SHOWN])


def with_posts(people: Any) -> list[tuple[Person, Posting | None]]:
    """People with their primary post of today, in one query more."""
    shown = list(people)
    posts = {
        post.person_id: post
        for post in Posting.objects.primary()
        .in_force(on=today())
        .filter(person__in=shown)
        .select_related("unit", "position")
    }
    return [(person, posts.get(person.pk)) for person in shown]


class AudienceIndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Audience]:
        found: QuerySet[Audience] = super().get_base_queryset()
        return found.annotate(offering_count=Count("offerings"))


class AudienceCreateView(PreviewsMembers, generic.CreateView):
    pass


class AudienceEditView(PreviewsMembers, generic.EditView):
    pass


class AudienceViewSet(ModelViewSet):
    model = Audience
    icon = "group"
    menu_label = _("Audiences")
    name = "audience"
    index_view_class = AudienceIndexView
    add_view_class = AudienceCreateView
    edit_view_class = AudienceEditView
    delete_view_class = UnusedDeleteView
    create_template_name = "courses/admin/audience_form.html"
    edit_template_name = "courses/admin/audience_form.html"
    copy_view_enabled = False
    search_fields = ["name"]
    search_backend_name = None
    list_display = [
        "name",
        NumberColumn(
            "offerings", label=_("offerings"), accessor=lambda audience: audience.offering_count
        ),
    ]

    def get_form_class(self, for_update: bool = False) -> type[AudienceForm]:  # noqa: ARG002, FBT001, FBT002
        return AudienceForm


class LookingOnly(ModelPermissionPolicy):
    """Looking is a permission; adding, changing and deleting is nobody's."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action == "view" and bool(super().user_has_permission(user, action))

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


class CertificateViewSet(ModelViewSet):
    """The certificates that were issued, to look one up by number, name or code."""

    model = Certificate
    icon = "tick"
    menu_label = _("Certificates")
    name = "certificate"
    permission_policy = LookingOnly(Certificate)
    form_fields: list[str] = []
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = [
        "serial",
        "person_name",
        "course_title",
        "completed_on",
        "code",
        "issued_at",
    ]
    list_display = ["serial", "person_name", "course_title", "completed_on", "code"]
    list_per_page = 50
    search_fields = ["serial", "person_name", "course_title", "code"]
    search_backend_name = None


def kind_of(recording: Recording) -> str:
    return gettext("video") if recording.is_video else gettext("audio")


class RecordingViewSet(SnippetViewSet):
    """動画・音声, listed beside pictures and documents."""

    model = Recording
    icon = "media"
    menu_label = _("Videos and audio")
    menu_order = 310
    add_to_admin_menu = True
    chooser_viewset_class = KeepersChooserViewSet
    chooser_per_page = 20
    copy_view_enabled = False
    list_display = [
        "title",
        Column("kind", label=_("kind"), accessor=kind_of),
        Column(
            "length",
            label=_("length"),
            accessor=lambda one: duration(one.seconds),
            sort_key="seconds",
        ),
        Column(
            "captions",
            label=_("captions"),
            accessor=lambda one: _("yes") if one.captions else "―",
        ),
    ]
    edit_handler = ObjectList(
        [
            HelpPanel(template="courses/admin/recording_player.html"),
            FieldPanel("title"),
            FieldPanel("file"),
            FieldPanel("caption_file"),
            FieldPanel("transcript"),
        ],
        base_form_class=RecordingForm,
    )


class CourseAdminGroup(ModelViewSetGroup):
    menu_label = _("Training")
    menu_icon = "clipboard-list"
    menu_order = 200
    items = (OfferingViewSet, AudienceViewSet, CertificateViewSet)
