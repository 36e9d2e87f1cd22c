"""The description of the API in a real browser, under our own policy of contents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, expect

from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """The web process alone."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


@pytest.mark.deep
def test_it_can_be_read_and_nothing_comes_from_elsewhere(web: House, browser: Browser) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{web.url}/api/v1/docs")
    expect(page.get_by_text("Schedule one lesson")).to_be_visible()
    page.get_by_text("Schedule one lesson").click()
    expect(page.get_by_text("Fractions").first).to_be_visible()
    assert complaints == []
    assert [url for url in asked if not url.startswith((web.url, "data:"))] == []
