from typing import Any

from django import template

from lms.home.domain.checking import advice_on

register = template.Library()


@register.inclusion_tag("home/admin/advice.html")
def advice(edited: Any) -> dict[str, Any]:
    """What is worth mending in what the editor shows, as last saved. Nothing where all is well."""
    return {"advice": advice_on(edited) if getattr(edited, "pk", None) else []}
