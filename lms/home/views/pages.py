import datetime as dt
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.core.calendar import today
from lms.home.domain import notices
from lms.home.domain.my_page import may_take, my_courses, section_of_head
from lms.home.domain.news import news
from lms.home.forms import ExampleForm
from lms.home.permissions import can_use_admin
from lms.people.enums import Role
from lms.people.models import Person

# So many completed courses are shown at once; the others wait behind one click.
COMPLETED_SHOWN = 5


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """My page: what is due, where I was, what I have done."""
    person = cast(Person, request.user)
    on = today()
    mine = my_courses(person, on=on)
    offered = may_take(person, on=on)
    context = {
        "today": on,
        "notices": notices.on_my_page(person, on=on),
        "mine": mine,
        "completed": mine.completed[:COMPLETED_SHOWN],
        "completed_before": mine.completed[COMPLETED_SHOWN:],
        "offered": offered,
        "news": news(mine, offered, on=on),
        "section": section_of_head(person, on=on),
        "is_hr": person.has_role(Role.TRAINING_ADMIN),
        "is_author": person.has_role(Role.AUTHOR, Role.DX_OFFICE),
    }
    return render(request, "home/my_page.html", context)


@require_safe
@login_required
def components(request: HttpRequest) -> HttpResponse:
    """Every part that pages are put together from, in every state."""
    if not can_use_admin(cast(Person, request.user)):
        raise PermissionDenied
    wrong = ExampleForm({"name": "", "day": "2026-13-01", "kind": ""})
    context = {
        "today": today(),
        "yesterday": today() - dt.timedelta(days=1),
        "form": ExampleForm(),
        "wrong_form": wrong,
        "page": Paginator(range(12_345), 50).get_page(request.GET.get("page", 7)),
        "empty_page": Paginator([], 50).get_page(1),
    }
    return render(request, "home/components.html", context)
