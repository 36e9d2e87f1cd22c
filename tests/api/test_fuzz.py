"""Schemathesis asks what no careful client would ask, as everybody."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import ROLES, World, asker
from tests.conftest import Cast
from tests.tiers import THOROUGH, by_turns, sampled

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
]
EXAMPLES = 20 if THOROUGH else 2
# Other cases in every run; a failure prints the number, and FUZZ_SEED=<number> makes the same cases again.
SEED = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(2**32))
# Where calendars, offsets and PostgreSQL end; no generator of correct instants ever comes here.
EDGES = (
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-12-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01",
    "2026-02-29T25:61:61Z",
    "2026-12-01T00:00:00",
)
INSTANTS = {"from", "to", "starts_at", "ends_at", "expires_on"}
CSRF = "c" * 32


def credentials(cast: Cast, role: str | None) -> dict[str, Any]:
    """What a request of `role` carries; a session's unsafe requests also the token against forgery."""
    ask = asker(cast, role)
    cookies = {name: morsel.value for name, morsel in ask.client.cookies.items()}
    if not cookies:
        return {"headers": ask.headers}
    cookies["csrftoken"] = CSRF
    # The header tells Schemathesis that the session is meant; what is sent is the cookies.
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"headers": {"X-CSRFToken": CSRF, "Cookie": header}, "cookies": cookies}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own client does: the test's transaction must outlive the request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.API_CALLER_PER_MINUTE = settings.API_ADDRESS_PER_MINUTE = 10**9


@cache
def described() -> Any:
    """The same for everybody, and to make it takes a second."""
    return schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())


@pytest.mark.sweep
@pytest.mark.parametrize("mode", sampled([GenerationMode.POSITIVE, GenerationMode.NEGATIVE], every=2))
@pytest.mark.django_db
def test_nothing_breaks_and_every_answer_is_as_described(
    mode: GenerationMode, cast: Cast, here: World, there: World, unlimited: None, one_connection: None
) -> None:
    print(f"FUZZ_SEED={SEED}")
    known, tried = here.ids(), set()
    askers = {str(role): credentials(cast, role) for role in ROLES}
    for turn, result in enumerate(described().get_all_operations()):
        assert isinstance(result, Ok)
        operation = result.ok()
        try_out(operation.as_strategy(generation_mode=mode), known, askers, turn)
        tried.add(operation.label)
    assert len(tried) == 38


def try_out(cases: Any, known: dict[str, Any], askers: dict[str, dict[str, Any]], turn: int) -> None:
    """A few cases of one operation, half of them about things that exist. Everybody asks each of them; without a sweep
    one of them, in turn: who may what is tried for everybody in test_who_may.py."""
    count = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(SEED)
    @given(case=cases)
    def ask(case: Any) -> None:
        nonlocal count
        count += 1
        if count % 2:
            case.path_parameters.update(
                {name: str(known[name]) for name in case.path_parameters if name in known}
            )
        put_on_edge(case, count)
        case.headers.pop("Authorization", None)
        case.cookies.clear()
        case.headers["Accept-Encoding"] = "identity"  # the test client unpacks nothing
        for role, carried in by_turns(list(askers.items()), turn + count, every=8):
            note(f"asked by {role}")
            ask_as(case, carried)

    ask()


def ask_as(case: Any, carried: dict[str, Any]) -> None:
    """What was done is undone: the next one asks about the same things."""
    with transaction.atomic():
        case.call_and_validate(checks=CHECKS, **carried)
        transaction.set_rollback(True)


def put_on_edge(case: Any, count: int) -> None:
    """Every second case has instants from the ends of what can be said."""
    if count % 2 == 0:
        wanted = {one.name for one in case.operation.query} & INSTANTS
        if wanted:
            case.query = {
                **(case.query or {}),
                sorted(wanted)[count // 2 % len(wanted)]: EDGES[(SEED + count) % len(EDGES)],
            }
        if isinstance(case.body, dict):
            for name in case.body.keys() & INSTANTS:
                case.body[name] = EDGES[(SEED + count + len(name)) % len(EDGES)]
