"""RFC 9457: every "no" of the API is a problem with a stable `code`; never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404
from rest_framework import exceptions

from common.refusals import Refused, Unavailable

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "The request cannot be understood",
    401: "Authentication is needed",
    403: "This is not allowed",
    404: "There is no such thing",
    405: "This method does not work here",
    409: "This does not fit what is there",
    413: "The body is too large",
    415: "Only application/json is understood",
    429: "Too many requests",
    500: "Something is broken on our side",
    503: "Not now, try again later",
}
CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "throttled",
    500: "server_error",
    503: "unavailable",
}


class QueryInvalid(exceptions.ValidationError):
    """Like its parent, about the query: errors name a `parameter`, not a `pointer` into the body."""


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "At most 1 MB."
    default_code = "too_large"


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def to_json(self, request_id: str) -> dict[str, Any]:
        return {
            "type": f"urn:darasa:problem:{self.code}",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": self.errors,
            "request_id": request_id,
        }


def problem_of(error: Exception, refusal_statuses: Mapping[str, int]) -> Problem:
    """What to answer; whatever is not a refusal of any kind is logged and becomes a 500 that says nothing."""
    if isinstance(error, exceptions.ValidationError):
        word = "parameter" if isinstance(error, QueryInvalid) else "pointer"
        return Problem(400, "invalid", "Some values are not valid.", _flat(error.detail, word))
    if isinstance(error, exceptions.Throttled):
        wait = str(int(getattr(error, "wait", None) or 1))
        return _plain(429, headers={"Retry-After": wait})
    if isinstance(error, exceptions.APIException):
        return _of_drf(error)
    if isinstance(error, Refused):
        return _of_refusal(error, refusal_statuses)
    return _of_the_rest(error)


def _of_drf(error: exceptions.APIException) -> Problem:
    status = error.status_code if error.status_code in TITLES else 400
    code = error.get_codes()
    known = isinstance(error, exceptions.PermissionDenied | exceptions.AuthenticationFailed)
    if known and isinstance(code, str) and code != error.default_code:
        return Problem(status, code, str(error.detail))
    if isinstance(error, exceptions.ParseError):
        return Problem(status, "malformed", str(error.detail))
    return _plain(status)


def _of_refusal(error: Refused, statuses: Mapping[str, int]) -> Problem:
    status = {"not_found": 404, **statuses}.get(error.code, 409)
    headers = {"Retry-After": "1"} if error.code == "in_progress" else {}
    reasons = [{"code": code, "detail": sentence} for code, sentence in error.reasons]
    return Problem(status, error.code, TITLES[status] + ".", reasons, headers)


def _of_the_rest(error: Exception) -> Problem:
    if isinstance(error, Http404):
        return _plain(404)
    if isinstance(error, PermissionDenied):
        return _plain(403)
    if isinstance(error, RequestDataTooBig):
        return _plain(413)
    if isinstance(error, IntegrityError):
        return _plain(409)
    if isinstance(error, Unavailable | OperationalError):
        return _plain(503, headers={"Retry-After": "5"})
    return _plain(500)


def _plain(status: int, headers: dict[str, str] | None = None) -> Problem:
    return Problem(status, CODES[status], f"{TITLES[status]}.", headers=headers or {})


def _flat(detail: Any, word: str, path: str = "") -> list[dict[str, str]]:
    """`{"a": {"b": [error]}}` as a list of errors that say where they are."""
    if isinstance(detail, Mapping):
        return [one for name, inner in detail.items() for one in _flat(inner, word, _under(path, name))]
    if isinstance(detail, list):
        return [one for inner in detail for one in _flat(inner, word, path)]
    place = path.removeprefix("/") if word == "parameter" else f"#{path}"
    return [{word: place, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}]


def _under(path: str, name: object) -> str:
    return path if name == "non_field_errors" else f"{path}/{name}"
