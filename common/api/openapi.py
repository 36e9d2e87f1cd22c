"""What every operation has in common, said once: problems, idempotency, scopes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from common.api.problems import CODES, MEDIA_TYPE, TITLES

SAID = (400, 401, 403, 404, 409, 413, 415, 429, 503)
SAFE = {"GET", "HEAD", "OPTIONS"}
METHODS = {"get", "put", "post", "patch", "delete"}
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key and body within 24 hours get the first answer again; nothing happens twice.",
)
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Rely on `status` and `code`; sentences may change.",
    "required": ["type", "title", "status", "detail", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Into the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Of the query."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string", "description": "Name it when you ask for help."},
    },
}


class ApiSchema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        return [] if self.method in SAFE else [IDEMPOTENCY]

    def get_description(self) -> str:  # type: ignore[override]
        scope = getattr(self.view, "scopes", {}).get(self.method)
        told = super().get_description() or ""
        return f"{told}\n\nScope: `{scope}`.".strip() if scope else told


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: each operation can answer each problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    result["components"]["responses"] = {f"Problem{status}": _response(status) for status in SAID}
    for methods in result["paths"].values():
        for method, operation in methods.items():
            if method in METHODS:
                for status in SAID:
                    reference = {"$ref": f"#/components/responses/Problem{status}"}
                    operation["responses"].setdefault(str(status), reference)
    return result


def _response(status: int) -> dict[str, Any]:
    example = {
        "type": f"urn:darasa:problem:{CODES[status]}",
        "title": TITLES[status],
        "status": status,
        "detail": f"{TITLES[status]}.",
        "code": CODES[status],
        "errors": [],
        "request_id": "6f1f7a2c9d0e4b55",
    }
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    headers: dict[str, Any] = {"Retry-After": {"schema": {"type": "string"}}} if status in (429, 503) else {}
    if status == 401:
        headers = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return {"description": TITLES[status], "headers": headers, "content": {MEDIA_TYPE: content}}
