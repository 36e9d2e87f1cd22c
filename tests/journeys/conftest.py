"""A whole Darasa, all processes, and real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, expect

from accounts.models import Person
from scripts.bootstrap import find_chromium
from scripts.headless import PATIENCE, Visitor, open_browser
from tests.processes import House
from tests.wire.conftest import cookie_of

BUCKET = "darasa-test"
# A third of what a camera sends elsewhere: whether pictures come is asked here, not how smooth they are.
FEW_PICTURES = "--use-fake-device-for-media-stream=fps=5"
expect.set_options(timeout=PATIENCE * 5_000)


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, s3_server: str) -> Iterator[House]:
    """Web, worker, beat and recorders on the test database, keeping recordings in a real S3-speaking server."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=s3_server, **keys).create_bucket(Bucket=BUCKET)  # type: ignore[call-overload]
    extra = {
        "STORAGE_BACKEND": "s3",
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": s3_server,
        "S3_ACCESS_KEY_ID": "test",
        "S3_SECRET_ACCESS_KEY": "test",
    }
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=extra)
    house.collect_static()
    house.start_all()
    yield house
    house.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with open_browser(find_chromium(), FEW_PICTURES) as opened:
        yield opened


@pytest.fixture
def arrive(house: House, browser: Browser) -> Callable[..., Visitor]:
    """`arrive(person)`: a browser of their own, signed in; `arrive(None)`: nobody's yet."""

    def arrive_(person: Person | None, **options: Any) -> Visitor:
        visitor = Visitor.arrive(browser, house.url, person.name if person else "somebody", **options)
        if person is not None:
            sign_in(visitor, person)
        return visitor

    return arrive_


def sign_in(visitor: Visitor, person: Person) -> None:
    cookie = elsewhere(cookie_of, person).removeprefix(f"{settings.SESSION_COOKIE_NAME}=")
    visitor.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": visitor.base}]
    )


def elsewhere(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run ORM code beside Playwright, whose event loop makes Django believe that it must not block."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_closing, function, *arguments).result()


def _closing(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    finally:
        connection.close()
