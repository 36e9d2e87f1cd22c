"""The door that every door of the API is made of."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from datetime import UTC
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from rest_framework.exceptions import AuthenticationFailed, ErrorDetail, NotAuthenticated, PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions
from accounts.actions.idempotency import Answer
from accounts.api.authentication import ByApiKey, ByBearer, BySession, caller_of, challenge
from accounts.callers import Caller
from common.about import request_id_of
from common.api import paging
from common.api.filtering import StrictFilterBackend, check_query
from common.api.openapi import SAFE
from common.api.parsing import StrictJSONParser
from common.api.problems import MEDIA_TYPE, QueryInvalid, TooLarge, problem_of
from common.api.throttling import spend

log = logging.getLogger(__name__)
IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")
LARGEST_BODY = 1_000_000


class JSONOnly(BaseContentNegotiation):
    """JSON comes back, whatever was asked for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        is_json = (request.content_type or "").partition(";")[0].strip().lower() == "application/json"
        return parsers[0] if is_json else None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(GenericAPIView[Any]):
    """Who asks, with which scope, within which budget, in which shape; then the handler.

    `scopes` names the scope of each method that a client needs; `refusal_statuses` what is not a 409.
    """

    authentication_classes = [BySession, ByBearer, ByApiKey]
    permission_classes: list[Any] = []
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = JSONOnly
    metadata_class = None
    format_kwarg = None
    scopes: ClassVar[dict[str, str]] = {}
    refusal_statuses: ClassVar[dict[str, int]] = {}
    query_names: ClassVar[frozenset[str]] = frozenset()
    caller: Caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As Django REST framework's, but the handler may run inside of an idempotent answer."""
        with translation.override("en"), timezone.override(UTC):
            self.args, self.kwargs = args, kwargs
            self.headers = {"Cache-Control": "no-store"}
            self.request = self.initialize_request(request, *args, **kwargs)
            try:
                self.initial(self.request, *args, **kwargs)
                response = self._answer(self.request)
            except Exception as error:
                response = self.handle_exception(error)
            self.response = self.finalize_response(self.request, response, *args, **kwargs)
            return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        # Before anything is looked up: guessing at keys spends the same budget.
        spend("address", request.META.get("REMOTE_ADDR", ""), settings.API_ADDRESS_PER_MINUTE)
        if str(request.method).lower() not in self.http_method_names or not self._has(request):
            self.http_method_not_allowed(request)
        # Before the session is asked: its CSRF check reads the stream, and nobody could read it again.
        self._check_body(request)
        self.caller = caller_of(request)
        spend("caller", self.caller.id, settings.API_CALLER_PER_MINUTE)
        self._check_scope(request)
        check_query(request, self.query_names)

    def _has(self, request: Request) -> bool:
        return request.method != "OPTIONS" and hasattr(self, str(request.method).lower())

    def _check_scope(self, request: Request) -> None:
        scope = self.scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if scope and not self.caller.has_scope(scope):
            self.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
            raise PermissionDenied(f"This needs the scope {scope}.", code="missing_scope")

    def _check_body(self, request: Request) -> None:
        if len(request._request.body) > LARGEST_BODY:
            raise TooLarge

    def _answer(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method in SAFE:
            return self._handle(request)
        if not IDEMPOTENCY_KEY.fullmatch(key):
            wrong = ErrorDetail("1 to 200 printable ASCII characters.", code="bad_key")
            raise QueryInvalid({"Idempotency-Key": [wrong]})
        answer = actions.answer_once(
            actor=self.caller.id,
            key=key,
            fingerprint=_fingerprint(request),
            now=timezone.now(),
            act=lambda: _kept(self._handle(request)),
        )
        headers = {"Idempotency-Replayed": "true"} if answer.is_repeated else None
        body = json.loads(answer.body) if isinstance(answer.body, str) else answer.body
        return Response(body, status=answer.status, headers=headers)

    def _handle(self, request: Request) -> Response:
        handler = getattr(self, str(request.method).lower())
        response: Response = handler(request, *self.args, **self.kwargs)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        problem = problem_of(exc, self.refusal_statuses)
        request_id = _request_id(self.request)
        if problem.status >= 500:
            log.error("request %s failed", request_id, exc_info=exc)
        headers = dict(problem.headers)
        if isinstance(exc, NotAuthenticated | AuthenticationFailed):
            headers["WWW-Authenticate"] = challenge(exc)
        if problem.status == 405:
            headers["Allow"] = ", ".join(sorted(set(self.allowed_methods) - {"OPTIONS"}))
        response = Response(problem.to_json(request_id), status=problem.status, headers=headers)
        response.content_type = MEDIA_TYPE
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("X-Request-Id", _request_id(request))
        return answer

    def get_authenticators(self) -> list[Any]:
        return [each() for each in self.authentication_classes]


class ListView(ApiView):
    """`ordering` ends with a unique field; `filterset_class` knows the names of the filters."""

    pagination_class = paging.KeysetPagination
    filter_backends = [StrictFilterBackend]
    ordering: ClassVar[tuple[str, ...]] = ("pk",)
    filterset_class: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in ("GET", "HEAD"):
            filters = self.filterset_class.base_filters if self.filterset_class else {}
            self.query_names = frozenset(filters) | paging.PARAMETERS  # type: ignore[misc]
        super().initial(request, *args, **kwargs)

    def list_rows(self, rows: Any, serializer: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(serializer(page, many=True).data)


class NoSuchDoor(ApiView):
    """Any other address under the API: a problem, not a page."""

    schema = None
    authentication_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        raise Http404


def read(serializer: Any, request: Request, **options: Any) -> dict[str, Any]:
    """The body in the shape of `serializer`, or ValidationError."""
    shaped = serializer(data=request.data, **options)
    shaped.is_valid(raise_exception=True)
    data: dict[str, Any] = shaped.validated_data
    return data


def _request_id(request: Any) -> str:
    """The client's own, when it is a decent one; one a request."""
    if not hasattr(request, "darasa_request_id"):
        request.darasa_request_id = request_id_of(request.headers.get("X-Request-Id", ""))
    return str(request.darasa_request_id)


def _fingerprint(request: Request) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + request._request.body).hexdigest()


def _kept(response: Response) -> Answer:
    """As text: PostgreSQL sorts the names of an object, and the second answer would not be the first."""
    body = None if response.data is None else JSONRenderer().render(response.data).decode()
    return Answer(response.status_code, body)
