from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BooleanColumn
from wagtail.admin.viewsets.model import ModelViewSet

from lms.home.models import Notice


class NoticeViewSet(ModelViewSet):
    model = Notice
    name = "notice"
    url_prefix = "notice"
    icon = "info-circle"
    menu_label = _("Notices")
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    list_per_page = 50
    list_display = [
        "title",
        "audience",
        BooleanColumn("is_important", label=_("important")),
        "starts_on",
        "ends_on",
    ]
    list_filter = ["is_important", "audience"]
    search_fields = ["title", "body"]
