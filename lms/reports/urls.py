from django.urls import path

from lms.reports import views

urlpatterns = [
    path("", views.index, name="reports"),
    path("completion/", views.completion, name="completion_report"),
]
