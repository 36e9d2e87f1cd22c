"""Traces for whoever runs the servers: the only Python that speaks OpenTelemetry.

It is an extra (`tracing` in pyproject.toml), and without OTEL_EXPORTER_OTLP_ENDPOINT nothing of it is imported. A span is one
request of a page or one task. It holds ids, the name of the page or task, and how it ended: no address, no query, no
person, and not what an error said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from typing import Any

from asgiref.sync import iscoroutinefunction
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from common.about import what_it_is_about

CARRIED = "traceparent"
_provider: Any = None
_running: dict[str, AbstractContextManager[Any]] = {}


def is_installed() -> bool:
    try:
        return bool(find_spec("opentelemetry.sdk") and find_spec("opentelemetry.exporter.otlp.proto.http"))
    except ModuleNotFoundError:  # of the package above
        return False


def is_wanted() -> bool:
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT) and is_installed()


def begin(process: str, exporter: Any = None) -> None:
    """Once in a process, after it was forked: what sends spans is a thread. `process` is web or worker."""
    global _provider
    if exporter is None and not is_wanted():
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    _provider = TracerProvider(resource=Resource.create({"service.name": f"darasa-{process}"}))
    _provider.add_span_processor(BatchSpanProcessor(exporter or _sender()))
    before_task_publish.connect(carry, weak=False)
    task_prerun.connect(begin_task, weak=False)
    task_postrun.connect(end_task, weak=False)


def _sender() -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces")


def end() -> None:
    """What waits is sent."""
    global _provider
    if _provider is not None:
        _provider.shutdown()
        _provider = None


@contextmanager
def a_span(name: str, kind: str, *, after: Mapping[str, str] | None = None) -> Iterator[Any]:
    """`after`: what `carry` wrote into the task that is run now."""
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    cause = TraceContextTextMapPropagator().extract(after) if after else None
    tracer = _provider.get_tracer("darasa")
    with tracer.start_as_current_span(
        name, context=cause, kind=SpanKind[kind], record_exception=False, set_status_on_exception=False
    ) as span:
        span.set_attributes({f"darasa.{key}": one for key, one in what_it_is_about().items()})
        yield span


def _fail(span: Any, kind: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", kind)


@sync_and_async_middleware
def trace_requests(get_response: Any) -> Any:
    async def handle_async(request: HttpRequest) -> HttpResponse:
        if _provider is None:
            return await get_response(request)  # type: ignore[no-any-return]
        with a_span(str(request.method), "SERVER") as span:
            response: HttpResponse = await get_response(request)
            _tell(span, request, response)
        return response

    def handle(request: HttpRequest) -> HttpResponse:
        if _provider is None:
            return get_response(request)  # type: ignore[no-any-return]
        with a_span(str(request.method), "SERVER") as span:
            response: HttpResponse = get_response(request)
            _tell(span, request, response)
        return response

    return handle_async if iscoroutinefunction(get_response) else handle


def _tell(span: Any, request: HttpRequest, response: HttpResponse) -> None:
    name, told = describe(request, response.status_code)
    span.update_name(name)
    span.set_attributes(told)
    if response.status_code >= 500:
        _fail(span, str(response.status_code))


def describe(request: HttpRequest, status: int) -> tuple[str, dict[str, str | int]]:
    """The page's name, never its address: that may hold somebody's key."""
    match = request.resolver_match
    told: dict[str, str | int] = {
        "http.request.method": str(request.method),
        "http.response.status_code": status,
    }
    if match is None:
        return f"{request.method} nowhere", told
    return f"{request.method} {match.url_name}", told | {"http.route": match.route}


def carry(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Into a task, what it was that asked for it."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if headers is not None:
        TraceContextTextMapPropagator().inject(headers)


def begin_task(task_id: str, task: Any, **_: Any) -> None:
    if _provider is None:
        return
    cause = getattr(task.request, CARRIED, None)
    running = a_span(task.name, "CONSUMER", after={CARRIED: cause} if cause else None)
    _running[task_id] = running
    running.__enter__()


def end_task(task_id: str, state: str | None = None, retval: Any = None, **_: Any) -> None:
    running = _running.pop(task_id, None)
    if running is None:
        return
    if state == "FAILURE":
        from opentelemetry.trace import get_current_span

        _fail(get_current_span(), type(retval).__name__)
    running.__exit__(None, None, None)
