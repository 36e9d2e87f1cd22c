"""A school's own sign-in, in a real browser, at a real provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, expect

from accounts.models import IdentityProvider, Person
from scripts.headless import Visitor
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.oidc.server import RealProvider
from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.fixture
def web(transactional_db: None, tmp_path: Path, idp: RealProvider) -> Iterator[House]:
    """Only the web process; the provider is told where it is."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    idp.tell("origin", origin=house.url)
    yield house
    house.stop()


@pytest.fixture
def row(cast: Cast, idp: RealProvider) -> IdentityProvider:
    idp.know("zuri", oid="oid-zuri", emails=["zuri@here.test"], name="Zuri Odhiambo", roles=["teachers"])
    return idp.row(cast.school, jit="any", trusts_email=True)


def sign_in(visitor: Visitor, act: str = "Continue") -> None:
    visitor.go("/sign-in?next=/account")
    visitor.page.get_by_role("button", name="Partners").click()
    visitor.page.get_by_label("Account").fill("zuri")
    visitor.page.get_by_role("button", name=act).click()


def test_in_through_the_provider_and_out_again_at_both(
    web: House, row: IdentityProvider, idp: RealProvider, browser: Browser
) -> None:
    visitor = Visitor.arrive(browser, web.url, "Zuri")
    sign_in(visitor)
    visitor.page.wait_for_url(f"{web.url}/account")
    expect(visitor.page.get_by_role("link", name="Account of Zuri Odhiambo")).to_be_visible()
    assert elsewhere(lambda: Person.objects.get(email="zuri@here.test").name) == "Zuri Odhiambo"

    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.wait_for_url(f"{idp.issuer}/**")
    visitor.page.locator("button[name=logout]").first.click()
    visitor.page.wait_for_url(f"{web.url}/sign-in**")
    visitor.go("/account")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.deep
def test_the_keys_are_rotated_between_two_people(
    web: House, row: IdentityProvider, idp: RealProvider, browser: Browser
) -> None:
    for name in ("first", "second"):
        visitor = Visitor.arrive(browser, web.url, name)
        sign_in(visitor)
        visitor.page.wait_for_url(f"{web.url}/account")
        idp.tell("rotate")


@pytest.mark.deep
def test_a_forgotten_password_at_the_provider_ends_at_sign_in_again_without_an_error(
    web: House, row: IdentityProvider, idp: RealProvider, browser: Browser
) -> None:
    visitor = Visitor.arrive(browser, web.url, "Zuri")
    sign_in(visitor, "Forgot your password?")
    visitor.page.get_by_label("Account").fill("zuri")
    visitor.page.get_by_role("button", name="Continue").click()
    visitor.page.wait_for_url(f"{web.url}/account")
