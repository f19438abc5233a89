"""``{% dressed field %}``: a form field's widget with the classes Tabler styles it by."""

from __future__ import annotations

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()

_CLASSES = {
    "checkbox": "form-check-input",
    "radioselect": "form-check-input",
    "checkboxselectmultiple": "form-check-input",
    "select": "form-select",
    "selectmultiple": "form-select",
}


@register.simple_tag
def dressed(field: BoundField) -> SafeString:
    """Return the widget of ``field`` with its class, marked invalid when the field has errors."""
    css = [field.field.widget.attrs.get("class", ""), _CLASSES.get(field.widget_type, "form-control")]
    if field.errors:
        css.append("is-invalid")
    return field.as_widget(attrs={"class": " ".join(filter(None, css))})
