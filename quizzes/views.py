"""Taking a quiz.

Every page works without JavaScript; static/js/quiz.js saves each answer as soon as it is given.
"""

import random
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.domain import learning
from courses.models import CoursePage, LessonPage
from courses.permissions import can_see_course
from lms.core.calendar import today
from lms.core.errors import RuleViolation
from lms.core.templatetags.office import office_time
from lms.people.models import Person
from quizzes.domain import attempts, bank, versions
from quizzes.domain.versions import ChoiceVersion, QuestionVersion
from quizzes.forms import SequenceForm, page_answers
from quizzes.models import Attempt, QuizPage, Response


class PersonRequest(HttpRequest):
    """A request behind login_required."""

    user: Person


@dataclass(frozen=True)
class Item:
    """One question of an attempt, as its pages show it."""

    response: Response
    question: QuestionVersion

    @property
    def choices(self) -> list[ChoiceVersion]:
        return self.question.in_order(self.response.choice_order)

    @property
    def chosen(self) -> list[ChoiceVersion]:
        return [choice for choice in self.choices if choice.uid in self.response.chosen]

    @property
    def right(self) -> list[ChoiceVersion]:
        return [choice for choice in self.choices if choice.is_correct]


def _items(attempt: Attempt) -> list[Item]:
    return [
        Item(response, versions.read(response.version))
        for response in attempt.responses.select_related("version")
    ]


def _get_attempt(person: Person, attempt_id: int) -> Attempt:
    found: Attempt = get_object_or_404(
        Attempt.objects.visible_to(person).select_related(
            "page", "enrolment__person", "enrolment__offering__course"
        ),
        pk=attempt_id,
    )
    return found


def _render(request: HttpRequest, template: str, attempt: Attempt, **more: Any) -> HttpResponse:
    facts = {
        "attempt": attempt,
        "quiz": attempt.page,
        "course": attempt.enrolment.offering.course,
    }
    return render(request, template, facts | more)


@login_required
@never_cache
@require_safe
def quiz_page(request: PersonRequest, page: QuizPage) -> HttpResponse:
    """The page of the quiz itself: its rules, where the person stands, and the one next action."""
    course = CoursePage.objects.parent_of(page).get()
    facts: dict[str, Any] = {
        "page": page,
        "quiz": page,
        "course": course,
        "question_count": bank.question_count(page),
    }
    enrolment = learning.enrolment_for(request.user, course, on=today())
    if enrolment is not None:
        standing = attempts.standing(enrolment, page)
        facts |= {
            "enrolment": enrolment,
            "standing": standing,
            "obstacle": attempts.obstacle(enrolment, page, standing, on=today()),
        }
        if standing.passed is not None:
            facts["next_step"] = learning.next_step(learning.outline(enrolment))
    return render(request, "quizzes/quiz_page.html", facts)


@login_required
@never_cache
@require_POST
def start(request: PersonRequest, page_id: int) -> HttpResponse:
    page = get_object_or_404(QuizPage.objects.live().select_related("live_revision"), pk=page_id)
    course = CoursePage.objects.parent_of(page).get()
    enrolment = learning.enrolment_for(request.user, course, on=today())
    if enrolment is None:
        if not can_see_course(request.user, course, on=today()):
            raise Http404
        messages.error(request, gettext("You are not enrolled in this course."))
        return redirect(page.url)
    try:
        attempt = attempts.start(
            enrolment,
            page,
            revision=page.live_revision,
            rng=random.SystemRandom(),
            at=timezone.now(),
        )
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(page.url)
    return redirect("attempt", attempt.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: PersonRequest, attempt_id: int) -> HttpResponse:
    """All questions on one page. Without JavaScript its form saves them together."""
    taken = _get_attempt(request.user, attempt_id)
    if request.method == "POST":
        return _save_page(request, taken)
    if taken.is_submitted:
        return redirect("attempt_result", taken.pk)
    items = _items(taken)
    return _render(
        request,
        "quizzes/attempt.html",
        taken,
        items=items,
        answered=sum(item.response.is_answered for item in items),
    )


def _save_page(request: HttpRequest, taken: Attempt) -> HttpResponse:
    positions = taken.responses.values_list("position", flat=True)
    try:
        overtaken = attempts.save_answers(
            taken, page_answers(request.POST, positions), at=timezone.now()
        )
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect("attempt", taken.pk)
    if overtaken:
        messages.warning(
            request,
            gettext(
                "These questions were answered on another page in the meantime: %(numbers)s. Please"
                " look at them again."
            )
            % {"numbers": "、".join(map(str, overtaken))},
        )
        return redirect(f"{reverse('attempt', args=[taken.pk])}#q{overtaken[0]}")
    if request.POST.get("go") == "review":
        return redirect("attempt_review", taken.pk)
    messages.success(request, gettext("Your answers are saved."))
    return redirect("attempt", taken.pk)


@never_cache
@require_POST
def answer(request: HttpRequest, attempt_id: int, position: int) -> JsonResponse:
    """Keep one answer as soon as it is given, and say so."""
    if not request.user.is_authenticated:
        return JsonResponse({"message": gettext("Please sign in again.")}, status=401)
    response = get_object_or_404(
        Response.objects.visible_to(request.user).select_related("version"),
        attempt=attempt_id,
        position=position,
    )
    form = SequenceForm(request.POST)
    if not form.is_valid():
        return JsonResponse(
            {"message": gettext("This answer did not arrive whole. Load the page again.")},
            status=400,
        )
    try:
        saved = attempts.save_answer(
            response,
            chosen=request.POST.getlist("chosen"),
            sequence=form.cleaned_data["sequence"],
            at=timezone.now(),
        )
    except RuleViolation as violation:
        return JsonResponse({"message": str(violation)}, status=409)
    message = (
        gettext("Saved %(time)s") % {"time": office_time(saved.answered_at)}
        if saved.is_accepted
        else gettext("This was answered on another page in the meantime. That answer is shown.")
    )
    return JsonResponse(
        {
            "accepted": saved.is_accepted,
            "chosen": saved.chosen,
            "sequence": saved.sequence,
            "message": message,
        }
    )


@login_required
@never_cache
@require_safe
def review(request: PersonRequest, attempt_id: int) -> HttpResponse:
    """What is answered and what is not, before handing in."""
    taken = _get_attempt(request.user, attempt_id)
    if taken.is_submitted:
        return redirect("attempt_result", taken.pk)
    items = _items(taken)
    return _render(
        request,
        "quizzes/review.html",
        taken,
        items=items,
        unanswered=[item for item in items if not item.response.is_answered],
        answered=sum(item.response.is_answered for item in items),
    )


@login_required
@never_cache
@require_POST
def submit(request: PersonRequest, attempt_id: int) -> HttpResponse:
    taken = _get_attempt(request.user, attempt_id)
    try:
        attempts.submit(taken, at=timezone.now())
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect("attempt_review", taken.pk)
    return redirect("attempt_result", taken.pk)


@login_required
@never_cache
@require_safe
def result(request: PersonRequest, attempt_id: int) -> HttpResponse:
    taken = _get_attempt(request.user, attempt_id)
    if not taken.is_submitted:
        return redirect("attempt", taken.pk)
    items = _items(taken)
    standing = attempts.standing(taken.enrolment, taken.page)
    steps = learning.outline(taken.enrolment)
    return _render(
        request,
        "quizzes/result.html",
        taken,
        items=items,
        correct=sum(bool(item.response.is_correct) for item in items),
        standing=standing,
        obstacle=attempts.obstacle(taken.enrolment, taken.page, standing, on=today()),
        lessons=LessonPage.objects.live()
        .filter(pk__in=[step.page.pk for step in steps])
        .order_by("path"),
        next_step=learning.next_step(steps),
    )
