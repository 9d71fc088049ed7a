from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuizzesConfig(AppConfig):
    name = "quizzes"
    verbose_name = _("quizzes")

    def ready(self) -> None:
        from quizzes.forms import QuizPageForm
        from quizzes.models import QuizPage

        # The form asks the rules of the bank, which stand above the models.
        QuizPage.base_form_class = QuizPageForm
