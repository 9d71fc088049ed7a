from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.documents import urls as wagtaildocs_urls

from lms.home.views import admin

urlpatterns = [
    path("", include("lms.home.urls")),
    path("", include("courses.urls")),
    path("quizzes/", include("quizzes.urls")),
    path("reports/", include("lms.reports.urls")),
    # Before Wagtail's own of the same addresses.
    path("cms/login/", admin.sign_in),
    path("cms/account/", require_admin_access(admin.AdminAccountView.as_view())),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("", include(wagtail_urls)),
]

handler400 = "lms.home.views.errors.bad_request"
handler403 = "lms.home.views.errors.permission_denied"
handler404 = "lms.home.views.errors.page_not_found"
handler500 = "lms.home.views.errors.server_error"
