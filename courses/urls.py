from django.urls import URLPattern, URLResolver, path

from courses.views import certificates

urlpatterns: list[URLPattern | URLResolver] = [
    path("certificates/", certificates.mine, name="certificates"),
    path("certificates/verify/", certificates.verify, name="certificate_verify"),
    path("certificates/<str:code>/", certificates.detail, name="certificate"),
    path("certificates/<str:code>/pdf/", certificates.print_pdf, name="certificate_pdf"),
]
