from django.urls import path

from quizzes import views

urlpatterns = [
    path("<int:page_id>/start/", views.start, name="quiz_start"),
    path("attempts/<int:attempt_id>/", views.attempt, name="attempt"),
    path("attempts/<int:attempt_id>/questions/<int:position>/", views.answer, name="answer"),
    path("attempts/<int:attempt_id>/review/", views.review, name="attempt_review"),
    path("attempts/<int:attempt_id>/submit/", views.submit, name="attempt_submit"),
    path("attempts/<int:attempt_id>/result/", views.result, name="attempt_result"),
]
