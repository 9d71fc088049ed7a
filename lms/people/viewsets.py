"""People, units and accounts in the Wagtail admin."""

import datetime as dt
from functools import cached_property
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import log
from wagtail.users.views import users

from lms.core.calendar import today
from lms.core.deleting import KeepsWhatIsUsed
from lms.core.errors import RuleViolation
from lms.core.text import search_key
from lms.people import forms
from lms.people.domain import changes
from lms.people.domain.reading import record_list_read, record_reading
from lms.people.models import (
    Appointment,
    EmploymentType,
    Leave,
    Person,
    Position,
    Posting,
    Unit,
)
from lms.people.permissions import administrators_only, can_keep_people, people_policy


def acting(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


class SavingMixin:
    """Forms say what is wanted; the domain writes, audits and announces it."""

    request: HttpRequest
    form: Any
    log_action = "wagtail.edit"

    def save_instance(self) -> Any:
        record = self.form.save(commit=False)
        self.keep(record)
        log(instance=record, action=self.log_action, content_changed=self.form.has_changed())
        return record

    def keep(self, record: Any) -> None:
        changes.save(record, by=acting(self.request), at=timezone.now())


class RecordCreateView(SavingMixin, generic.CreateView):
    log_action = "wagtail.create"


class RecordEditView(SavingMixin, generic.EditView):
    pass


def person_of(record: Any) -> Person:
    person: Person = record if isinstance(record, Person) else record.person
    return person


class NotesReading:
    """For a form that shows somebody's data before anything is changed."""

    request: HttpRequest
    object: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if self.request.method == "GET":
            person = person_of(self.object)
            record_reading(self.object, of=person, by=self.request.user, at=timezone.now())
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context


class NotesWhomItLists:
    """For a list of people, or of what belongs to them: who was on the page that was shown."""

    request: HttpRequest
    model: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        people = [person_of(record) for record in context["object_list"]]
        record_list_read(
            self.model._meta.label_lower, people, by=self.request.user, at=timezone.now()
        )
        return context


class RecordDeleteView(generic.DeleteView):
    def delete_action(self) -> None:
        log(instance=self.object, action="wagtail.delete")
        changes.remove(self.object, by=self.request.user, at=timezone.now())

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except RuleViolation as violation:
            form.add_error(None, str(violation))
            return self.render_to_response(self.get_context_data(form=form, rule=str(violation)))
        return response


class RecordViewSet(ModelViewSet):
    add_view_class = RecordCreateView
    edit_view_class = RecordEditView
    delete_view_class = RecordDeleteView
    copy_view_enabled = False
    add_to_reference_index = False
    list_per_page = 50


# People


class PersonFilterSet(WagtailFilterSet):
    unit = django_filters.ModelChoiceFilter(
        label=_("unit"), queryset=Unit.objects.order_by("path"), method="in_unit"
    )
    position = django_filters.ModelChoiceFilter(
        label=_("position"), queryset=Position.objects.all(), method="with_post"
    )
    employment_type = django_filters.ModelChoiceFilter(
        label=_("employment type"), queryset=EmploymentType.objects.all(), method="with_post"
    )
    present = django_filters.ChoiceFilter(
        label=_("Shown"),
        choices=[("staff", _("Staff of today")), ("others", _("Without a post today"))],
        method="with_state",
    )

    class Meta:
        model = Person
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["unit"].field.label_from_instance = lambda unit: (
            "\u3000" * (unit.depth - 1) + unit.name
        )

    def in_unit(self, people: Any, _name: str, unit: Unit) -> Any:
        return people.in_units(Unit.objects.below([unit.path]), on=today())

    def with_post(self, people: Any, name: str, value: Any) -> Any:
        posts = Posting.objects.in_force(on=today()).filter(**{name: value})
        return people.filter(Exists(posts.filter(person=OuterRef("pk"))))

    def with_state(self, people: Any, _name: str, value: str) -> Any:
        staff = Person.objects.posted(on=today()).values("pk")
        return people.filter(pk__in=staff) if value == "staff" else people.exclude(pk__in=staff)


def present_posts() -> Prefetch[Any]:
    posts = Posting.objects.primary().in_force(on=today())
    return Prefetch(
        "postings",
        posts.select_related("unit", "position", "employment_type"),
        to_attr="present_posts",
    )


def of_post(attribute: str) -> Any:
    def read(person: Any) -> str:
        post = person.present_posts[0] if person.present_posts else None
        value = getattr(post, attribute, None)
        return str(value) if value else ""

    return read


class PersonIndexView(NotesWhomItLists, generic.IndexView):
    search_fields = ["search_key"]
    default_ordering = ["name_kana", "employee_number"]

    def search_queryset(self, queryset: Any) -> Any:
        if not self.is_searching:
            return queryset
        # Full and half width, spaces between 姓 and 名: the key knows no difference.
        return queryset.filter(search_key__contains=search_key(self.search_query))

    def get_base_queryset(self) -> QuerySet[Person]:
        return Person.objects.prefetch_related(present_posts())

    def get_edit_url(self, _instance: Person) -> None:
        """The name leads to the person's page, which leads on to the forms."""
        return

    @cached_property
    def header_buttons(self) -> list[Any]:
        buttons = list(super().header_buttons)
        if can_keep_people(self.request.user):
            for label, name, icon in (
                (_("Import a roster"), "people_rosters", "upload"),
                (_("Initial passwords"), "people_passwords", "key"),
            ):
                buttons.append(HeaderButton(label, url=reverse(name), icon_name=icon))
        return buttons


class PersonInspectView(generic.InspectView):
    page_title = _("person")
    template_name = "people/admin/person.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = self.object
        record_reading(person, of=person, by=self.request.user, at=timezone.now())
        paths = Unit.objects.paths_shown()
        postings = list(person.postings.select_related("position", "employment_type"))
        appointments = list(person.appointments.all())
        for record in [*postings, *appointments]:
            record.unit_path = paths[record.unit_id]
            record.is_current = in_force_on(record, today())
        leaves = list(person.leaves.select_related("approved_by"))
        for leave in leaves:
            leave.is_current = in_force_on(leave, today())
        return super().get_context_data(**kwargs) | {
            "person": person,
            "postings": postings,
            "leaves": leaves,
            "appointments": appointments,
            "can_keep": can_keep_people(self.request.user),
            "has_password": person.has_usable_password(),
        }


def in_force_on(record: Any, day: dt.date) -> bool:
    return bool(record.starts_on <= day and (record.ends_on is None or record.ends_on >= day))


class PersonEditView(NotesReading, RecordEditView):
    def get_success_url(self) -> str:
        return reverse("person:inspect", args=[self.object.pk])


class PersonCreateView(RecordCreateView):
    def get_success_url(self) -> str:
        return reverse("person:inspect", args=[self.object.pk])


class PersonViewSet(RecordViewSet):
    model = Person
    name = "person"
    url_prefix = "people/person"
    menu_label = _("people")
    icon = "group"
    permission_policy = people_policy
    index_view_class = PersonIndexView
    add_view_class = PersonCreateView
    edit_view_class = PersonEditView
    inspect_view_class = PersonInspectView
    inspect_view_enabled = True
    inspect_template_name = "people/admin/person.html"
    filterset_class = PersonFilterSet
    list_display = [
        "name",
        Column("name_kana", label=_("name in kana"), sort_key="name_kana"),
        Column("employee_number", label=_("employee number"), sort_key="employee_number"),
        Column("unit", label=_("unit"), accessor=of_post("unit")),
        Column("position", label=_("position"), accessor=of_post("position")),
        Column("employment_type", label=_("employment type"), accessor=of_post("employment_type")),
        BooleanColumn("is_active", label=_("may sign in")),
    ]

    def get_form_class(self, **_for_update: bool) -> type[forms.PersonForm]:
        return forms.PersonForm


# What belongs to one person


class OwnedMixin:
    request: HttpRequest
    object: Any

    def get_success_url(self) -> str:
        return reverse("person:inspect", args=[self.object.person_id])


class OwnedCreateView(OwnedMixin, RecordCreateView):
    @cached_property
    def person(self) -> Person:
        pk = self.request.POST.get("person") or self.request.GET.get("person", "")
        return get_object_or_404(Person, pk=pk if pk.isdecimal() else 0)

    def get_initial(self) -> dict[str, Any]:
        return {"person": self.person, "starts_on": today()}

    def get_page_subtitle(self) -> str:
        return self.person.name


class OwnedEditView(NotesReading, OwnedMixin, RecordEditView):
    def get_page_subtitle(self) -> str:
        return str(self.object.person.name)


class OwnedDeleteView(NotesReading, OwnedMixin, RecordDeleteView):
    pass


class OwnedIndexView(NotesWhomItLists, generic.IndexView):
    """Everybody's, newest first; a new one is added on the page of its person."""

    def get_add_url(self) -> None:
        return

    def get_base_queryset(self) -> Any:
        relations = ["person", *(["unit"] if self.model is not Leave else [])]
        return self.model._default_manager.select_related(*relations)


class OwnedViewSet(RecordViewSet):
    index_view_class = OwnedIndexView
    add_view_class = OwnedCreateView
    edit_view_class = OwnedEditView
    delete_view_class = OwnedDeleteView
    form: type[forms.OwnedForm]

    def get_form_class(self, **_for_update: bool) -> type[forms.OwnedForm]:
        return self.form


class PostingViewSet(OwnedViewSet):
    model = Posting
    name = "posting"
    url_prefix = "people/posting"
    menu_label = _("postings")
    icon = "list-ul"
    form = forms.PostingForm
    list_display = ["person", "unit", "kind", "starts_on", "ends_on"]
    list_filter = ["kind", "starts_on"]


class LeaveViewSet(OwnedViewSet):
    model = Leave
    name = "leave"
    url_prefix = "people/leave"
    menu_label = _("leaves")
    icon = "calendar"
    form = forms.LeaveForm
    list_display = ["person", "code", "starts_on", "ends_on"]
    list_filter = ["code"]


class AppointmentViewSet(OwnedViewSet):
    model = Appointment
    name = "appointment"
    url_prefix = "people/appointment"
    menu_label = _("appointments")
    icon = "user"
    form = forms.AppointmentForm
    list_display = ["person", "unit", "office", "starts_on", "ends_on"]
    list_filter = ["office"]


# The organisation


class UnitIndexView(generic.IndexView):
    search_fields = ["name"]
    default_ordering = "path"

    def get_base_queryset(self) -> Any:
        return Unit.objects.order_by("path")

    def order_queryset(self, queryset: Any) -> Any:
        return queryset.order_by("path")

    @cached_property
    def columns(self) -> list[Any]:
        shown = Unit.objects.paths_shown()
        return [
            self._get_title_column_class(TitleColumn)(
                "name",
                label=pgettext_lazy("unit", "name"),
                accessor=lambda unit: "\u3000" * (unit.depth - 1) + unit.name,
                get_url=self.get_edit_url,
            ),
            Column("shown", label=_("path"), accessor=lambda unit: shown[unit.pk]),
            Column("code", label=_("code")),
            Column("starts_on", label=_("first day")),
            Column("ends_on", label=_("last day"), accessor=lambda unit: unit.ends_on or ""),
        ]


class UnitCreateView(RecordCreateView):
    def keep(self, record: Any) -> None:
        changes.open_unit(
            record,
            parent=self.form.cleaned_data.get("parent"),
            by=acting(self.request),
            at=timezone.now(),
        )


class UnitViewSet(RecordViewSet):
    model = Unit
    name = "unit"
    url_prefix = "people/unit"
    menu_label = _("units")
    icon = "site"
    index_view_class = UnitIndexView
    add_view_class = UnitCreateView
    list_per_page = 100

    def get_form_class(self, **_for_update: bool) -> type[forms.UnitForm]:
        return forms.UnitForm


class PositionViewSet(RecordViewSet):
    model = Position
    name = "position"
    url_prefix = "people/position"
    menu_label = _("positions")
    icon = "order"
    form_fields = ["name", "code", "rank", "heads_unit"]
    list_display = [
        "name",
        "code",
        "rank",
        BooleanColumn("heads_unit", label=_("heads the unit"), sort_key="heads_unit"),
    ]


class EmploymentTypeViewSet(RecordViewSet):
    model = EmploymentType
    name = "employment_type"
    url_prefix = "people/employment-type"
    menu_label = _("employment types")
    icon = "tag"
    form_fields = ["name", "code", "rank"]
    list_display = ["name", "code", "rank"]


# Accounts, for administrators


class AccountIndexView(NotesWhomItLists, users.IndexView):
    page_title = _("Accounts")
    search_fields = ["employee_number", "name", "email"]


class AccountSavingMixin(SavingMixin):
    def save_instance(self) -> Any:
        record = super().save_instance()
        self.form.save_m2m()
        return record


class AccountCreateView(AccountSavingMixin, users.CreateView):
    log_action = "wagtail.create"

    def get_success_message(self, instance: Any) -> str:
        return gettext("The account of %(name)s was made. Issue an initial password next.") % {
            "name": instance
        }


class AccountEditView(NotesReading, AccountSavingMixin, users.EditView):
    pass


class AccountDeleteView(KeepsWhatIsUsed, users.DeleteView):
    pass


class AccountViewSet(users.UserViewSet):
    """External people and roles. Staff come from the roster."""

    menu_label = _("Accounts")
    permission_policy = administrators_only
    index_view_class = AccountIndexView
    add_view_class = AccountCreateView
    edit_view_class = AccountEditView
    delete_view_class = AccountDeleteView
    copy_view_enabled = False
    create_template_name = "people/admin/account_create.html"
    edit_template_name = "people/admin/account_edit.html"

    def get_form_class(self, for_update: bool = False) -> Any:  # noqa: FBT001, FBT002
        return forms.AccountEditForm if for_update else forms.AccountCreationForm
