from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from wagtail import hooks
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from quizzes.domain import previewing
from quizzes.models import Question, QuizPage
from quizzes.views import PersonRequest, quiz_page
from quizzes.viewsets import QuestionBankViewSetGroup, refusal

register_snippet(QuestionBankViewSetGroup)


def _quiz_as_learner(quiz: QuizPage, mode: str) -> dict[str, Any]:
    return previewing.context(quiz, mode, at=timezone.now())


QuizPage.learner_preview_modes = previewing.modes
QuizPage.learner_preview_context = _quiz_as_learner


@hooks.register("before_serve_page")
def serve_quiz(
    page: Page, request: PersonRequest, _args: list[Any], _kwargs: dict[str, Any]
) -> HttpResponse | None:
    """The page depends on who takes the quiz, which the models do not know."""
    if isinstance(page, QuizPage):
        return quiz_page(request, page)
    return None


@hooks.register("before_delete_snippet")
def keep_used_questions(request: HttpRequest, instances: Sequence[Model]) -> HttpResponse | None:
    """Stop before anything is asked: the admin's own check does not know what was answered."""
    questions = [instance for instance in instances if isinstance(instance, Question)]
    reasons = [reason for question in questions if (reason := refusal(question))]
    if not reasons:
        return None
    for reason in reasons:
        messages.error(request, reason)
    return redirect(Question.snippet_viewset.get_url_name("list"))
