"""Wagtail's choosers without the inline scripts that a Content-Security-Policy refuses.

Wagtail starts a date field, a chooser or a row of an inline panel by a script beside it. Here the
name of what starts and its arguments stand beside it as data, and static/js/admin.js starts it.
The other half are the templates under templates/wagtailadmin/. A nonce would not do: widgets know
no request, and what a dialog loads later would carry another nonce than the page around it.
"""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.admin.widgets import BaseChooser
from wagtail.admin.widgets.workflows import AdminTaskChooser


def start(call: str, *arguments: Any) -> SafeString:
    """What is started, and with what, as data."""
    return format_html(
        '<template data-controller="start" data-start-call-value="{}"'
        ' data-start-arguments-value="{}"></template>',
        call,
        json.dumps(arguments),
    )


def _render(
    self: Any,
    name: str,
    value: Any,
    attrs: dict[str, Any] | None = None,
    renderer: Any = None,  # noqa: ARG001 - as Wagtail's own takes it
) -> SafeString:
    element_id = (attrs or {})["id"]
    value_data = self.get_value_data(value)
    if isinstance(self, AdminTaskChooser):
        starting = start("createTaskChooser", element_id)
    else:
        options = self.get_js_init_options(element_id, name, value_data)
        starting = start(self.js_constructor, element_id, options)
    return format_html("{}{}", self.render_html(name, value_data, attrs), starting)


def take_inline_scripts_out() -> None:
    BaseChooser.render = _render
