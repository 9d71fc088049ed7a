from django.urls import URLPattern, URLResolver, path

from lms.home.views import account, health, notices, pages, search, setup

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("account/", account.account, name="account"),
    path("account/login/", account.sign_in, name="login"),
    path("account/logout/", account.sign_out, name="logout"),
    path("account/password/", account.password, name="password"),
    path("account/data/", account.own_data_file, name="account_data"),
    path("account/record/", account.record, name="account_record"),
    path("account/text-size/", account.text_size, name="text_size"),
    path("account/language/", account.language, name="language"),
    path("account/setup/<str:token>/", setup.setup, name="setup"),
    path("notices/", notices.index, name="notices"),
    path("notices/read-all/", notices.read_all, name="notices_read_all"),
    path("notices/<int:notice_id>/", notices.detail, name="notice"),
    path("notices/<int:notice_id>/read/", notices.read, name="notice_read"),
    path("search/", search.search, name="search"),
    path("components/", pages.components, name="components"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
