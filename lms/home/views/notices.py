from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from lms.core.calendar import today
from lms.home.domain.notices import mark_read
from lms.home.models import Notice
from lms.home.querysets import NoticeQuerySet
from lms.people.models import Person

NOTICES_A_PAGE = 20


def _mine(request: HttpRequest) -> NoticeQuerySet:
    person = cast(Person, request.user)
    found: NoticeQuerySet = Notice.objects.visible_to(person, on=today()).read_or_not(person)
    return found


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    notices = _mine(request)
    page = Paginator(notices, NOTICES_A_PAGE).get_page(request.GET.get("page"))
    # What is not read comes first.
    has_unread = any(not notice.is_read for notice in page.object_list)
    return render(request, "home/notices.html", {"page": page, "has_unread": has_unread})


@login_required
@require_safe
def detail(request: HttpRequest, notice_id: int) -> HttpResponse:
    notice = get_object_or_404(_mine(request), pk=notice_id)
    return render(request, "home/notice.html", {"notice": notice})


@login_required
@require_POST
def read(request: HttpRequest, notice_id: int) -> HttpResponse:
    notice = get_object_or_404(_mine(request), pk=notice_id)
    mark_read([notice], by=cast(Person, request.user), at=timezone.now())
    messages.success(request, gettext("Marked as read."))
    return redirect("notices")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    mark_read(_mine(request), by=cast(Person, request.user), at=timezone.now())
    messages.success(request, gettext("Every notice is marked as read."))
    return redirect("notices")
