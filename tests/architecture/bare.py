"""Templates that say only what is wrong with a form: the answer of a door is its status, and to draw
thousands of pages takes minutes."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.template.backends.base import BaseEngine

TEMPLATES = [
    {"BACKEND": "tests.architecture.bare.BareTemplates", "DIRS": [], "APP_DIRS": False, "OPTIONS": {}}
]


class BareTemplate:
    def render(self, context: dict[str, Any] | None = None, request: object = None) -> str:
        forms = [value for value in (context or {}).values() if isinstance(value, BaseForm)]
        return " ".join(str(form.errors.as_json()) for form in forms if form.errors)


class BareTemplates(BaseEngine):
    def __init__(self, params: dict[str, Any]) -> None:
        params = dict(params)
        params.pop("OPTIONS", None)
        super().__init__(params)

    def get_template(self, template_name: str) -> BareTemplate:
        return BareTemplate()
