from django.urls import URLPattern, URLResolver, path

from courses.views import certificates, learning, media, recordings

urlpatterns: list[URLPattern | URLResolver] = [
    path("learn/<int:enrolment_id>/start/", learning.start, name="learn_start"),
    path(
        "learn/<int:enrolment_id>/steps/<int:page_id>/complete/",
        learning.complete_lesson,
        name="lesson_complete",
    ),
    path(
        "learn/<int:enrolment_id>/steps/<int:page_id>/place/",
        learning.keep_place,
        name="lesson_place",
    ),
    path(
        "learn/<int:enrolment_id>/steps/<int:page_id>/recordings/<int:recording_id>/",
        learning.keep_viewing,
        name="viewing",
    ),
    path("recordings/<int:recording_id>/", recordings.file, name="recording"),
    path("recordings/<int:recording_id>/captions/", recordings.captions, name="recording_captions"),
    path("learn/offerings/<slug:slug>/enrol/", learning.enrol, name="offering_enrol"),
    path("media/<path:path>", media.media, name="media"),
    path("certificates/", certificates.mine, name="certificates"),
    path("certificates/verify/", certificates.verify, name="certificate_verify"),
    path("certificates/<str:code>/", certificates.detail, name="certificate"),
    path("certificates/<str:code>/pdf/", certificates.print_pdf, name="certificate_pdf"),
]
