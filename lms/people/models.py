import datetime as dt
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from treebeard.mp_tree import MP_Node, MP_NodeManager

from lms.core.constraints import NoOverlap
from lms.core.text import search_key
from lms.people.enums import LeaveCode, Office, PostingKind, Role, TextSize
from lms.people.querysets import DatedQuerySet, PersonQuerySet, PostingQuerySet, UnitQuerySet

EMPLOYEE_NUMBER = RegexValidator(
    r"^[0-9A-Za-z._-]+\Z",
    _("Use half-width letters, digits, and . _ - for the employee number."),
)


def window_constraint(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
        violation_error_message=_("The last day must not be before the first day."),
    )


class PersonManager(BaseUserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]
    def create_user(
        self, employee_number: str, name: str, password: str | None = None, **facts: Any
    ) -> "Person":
        person: Person = self.model(employee_number=employee_number, name=name, **facts)
        person.search_key = person.make_search_key()
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(
        self, employee_number: str, name: str, password: str | None = None, **facts: Any
    ) -> "Person":
        return self.create_user(employee_number, name, password, is_superuser=True, **facts)


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account: staff with postings, or an external person without."""

    employee_number = models.CharField(
        _("employee number"),
        max_length=32,
        unique=True,
        validators=[EMPLOYEE_NUMBER],
        help_text=_("The sign-in name. Leading zeros count."),
        error_messages={"unique": _("Somebody already has this employee number.")},
    )
    name = models.CharField(_("name"), max_length=100)
    name_kana = models.CharField(_("name in kana"), max_length=100, blank=True)
    search_key = models.CharField(max_length=300, editable=False, db_index=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(
        _("may sign in"),
        default=True,
        help_text=_("Remove the tick to lock the account. Nothing is deleted."),
    )
    must_change_password = models.BooleanField(default=False, editable=False)
    text_size = models.CharField(
        max_length=10, choices=TextSize.choices, default=TextSize.NORMAL, editable=False
    )
    language = models.CharField(
        max_length=2, blank=True, editable=False, help_text="Chosen by the person; empty: never"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "employee_number"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name_kana", "employee_number"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        """Wagtail's sidebar names people by this."""
        return self.name

    def make_search_key(self) -> str:
        """What search compares with; kept in step by whoever writes a name or number."""
        return search_key(self.employee_number, self.name, self.name_kana)[:300]

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(self.groups.values_list("name", flat=True))

    def posting(self, *, on: dt.date) -> "Posting | None":
        """The primary post on a day, with its unit, position and employment type."""
        return (
            Posting.objects.primary()
            .in_force(on=on)
            .filter(person=self)
            .select_related("unit", "position", "employment_type")
            .first()
        )

    def has_role(self, *roles: Role) -> bool:
        """Whether a group gives the person one of these roles; administrators have them all."""
        return self.is_superuser or not self.roles.isdisjoint(roles)


class UnitManager(MP_NodeManager.from_queryset(UnitQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> UnitQuerySet:
        # MP_NodeManager names its own queryset class here, without our adjectives.
        return UnitQuerySet(self.model, using=self._db).order_by("path")


class Unit(MP_Node):
    """所属 in a tree of 部 > 課 > 係. A reorganisation closes units and opens new ones."""

    name = models.CharField(pgettext_lazy("unit", "name"), max_length=100)
    code = models.CharField(_("code"), max_length=32, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("The day itself counts. Empty: it goes on."),
    )
    predecessors = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="successors", verbose_name=_("before")
    )

    objects = UnitManager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [window_constraint("unit_window")]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    name = models.CharField(pgettext_lazy("unit", "name"), max_length=60, unique=True)
    code = models.CharField(_("code"), max_length=32, blank=True)
    rank = models.PositiveSmallIntegerField(
        _("rank"), default=100, help_text=_("Lists show lower numbers first.")
    )
    heads_unit = models.BooleanField(
        _("heads the unit"),
        default=False,
        help_text=_("Its holder sees who in the unit and below has completed what."),
    )

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class EmploymentType(models.Model):
    name = models.CharField(pgettext_lazy("unit", "name"), max_length=60, unique=True)
    code = models.CharField(_("code"), max_length=32, blank=True)
    rank = models.PositiveSmallIntegerField(
        _("rank"), default=100, help_text=_("Lists show lower numbers first.")
    )

    class Meta:
        verbose_name = _("employment type")
        verbose_name_plural = _("employment types")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class Posting(models.Model):
    """発令: what somebody was, from a day to a day, both inclusive."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="postings", verbose_name=_("person")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="postings", verbose_name=_("unit")
    )
    position = models.ForeignKey(
        Position,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("position"),
    )
    employment_type = models.ForeignKey(
        EmploymentType,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("employment type"),
    )
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=PostingKind.choices,
        default=PostingKind.PRIMARY,
        help_text=_("People count once, under their primary post."),
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("The day itself counts. Empty: it goes on."),
    )
    public_on = models.DateField(
        _("public from"), help_text=_("Until this day only HR sees the posting.")
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["-starts_on", "pk"]
        constraints = [
            window_constraint("posting_window"),
            NoOverlap(
                name="posting_one_primary_at_a_time",
                fields=["person"],
                when={"kind": "primary"},
                violation_error_message=_(
                    "This person already has a primary post in these days. End that one first."
                ),
            ),
        ]
        indexes = [models.Index(fields=["person", "kind", "starts_on"])]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()} {self.starts_on}"


class Leave(models.Model):
    """休職等. The code says what kind, never why."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="leaves", verbose_name=_("person")
    )
    code = models.CharField(_("kind"), max_length=16, choices=LeaveCode.choices)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("The day itself counts. Empty: it goes on."),
    )
    approved_by = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approved by"),
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leaves")
        ordering = ["-starts_on"]
        constraints = [
            window_constraint("leave_window"),
            NoOverlap(
                name="leave_one_at_a_time",
                fields=["person"],
                violation_error_message=_("This person is already on leave in these days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_code_display()} {self.starts_on}"


class Appointment(models.Model):
    """選任: the fact that makes somebody a Network Leader of a unit between two days."""

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("person")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("unit")
    )
    office = models.CharField(_("office"), max_length=20, choices=Office.choices)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("The day itself counts. Empty: it goes on."),
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["-starts_on"]
        constraints = [
            window_constraint("appointment_window"),
            NoOverlap(
                name="appointment_once_at_a_time",
                fields=["person", "unit", "office"],
                violation_error_message=_(
                    "This person already holds this office in the unit in these days."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_office_display()} {self.starts_on}"


class RosterImport(models.Model):
    """One roster file: what it would do, and that it was done."""

    file_name = models.CharField(_("file"), max_length=255)
    stored_as = models.CharField(max_length=255, editable=False)
    profile = models.CharField(_("mapping"), max_length=60, blank=True)
    as_of = models.DateField(_("as of"))
    uploaded_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"))
    summary = models.JSONField(default=dict, help_text="As import_roster --format json prints it")
    job = models.ForeignKey(
        "core.Job", null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    applied_at = models.DateTimeField(_("applied at"), null=True)

    class Meta:
        verbose_name = _("roster import")
        verbose_name_plural = _("roster imports")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name
