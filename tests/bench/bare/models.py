from wagtail.fields import RichTextField
from wagtail.models import Page


class BarePage(Page):
    """What Wagtail alone does for a page: the yardstick of the bench."""

    body = RichTextField()

    template = "bare/page.html"

    class Meta:
        app_label = "bare"
