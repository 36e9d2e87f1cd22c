"""One school's name and look in Jitsi, and that no other school gets it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Institution, Person
from classroom import actions
from classroom.jitsi.fronts import front_of, origin_of
from classroom.jitsi.iframe import iframe_page
from classroom.models import Bridge, Diversion, Front, Lesson, Standing
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def front(cast: Cast) -> Front:
    return Front.objects.create(
        institution=cast.school,
        domain="meet.here.example",
        name="Here’s classroom",
        colour="#2b3e86",
        logo_url="https://here.example/logo.svg",
    )


@pytest.fixture
def jitsi(settings: Any) -> None:
    settings.JITSI_DOMAIN = "meet.common.example"
    settings.JITSI_ORIGIN = "https://meet.common.example"
    settings.JITSI_APP_SECRET = "x" * 40


def branding(asked: str) -> dict[str, Any]:
    answer = Client().get(reverse("jitsi_branding"), {"conferenceFqn": asked})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    return dict(json.loads(answer.content))


def test_the_room_says_whose_look_it_is(front: Front, lesson: Lesson) -> None:
    look = branding(lesson.room.name)
    assert look["logoImageUrl"] == "https://here.example/logo.svg"
    assert look["backgroundColor"] == "#2b3e86"
    assert look["customTheme"]["palette"]["action01"] == "#2b3e86"
    assert look["inviteDomain"] == "meet.here.example"
    assert branding(f"tenant/{lesson.room.name.upper()}") == look


@pytest.mark.parametrize("asked", ["", "no-such-room", "x" * 5000, "a/b/c", "ü"])
def test_any_other_name_has_no_look_and_no_error(asked: str, front: Front) -> None:
    assert branding(asked) == {}


def test_a_school_without_a_look_leaves_it_to_jitsi(lesson: Lesson) -> None:
    assert not {"logoImageUrl", "backgroundColor", "customTheme"} & set(branding(lesson.room.name))


def page_of(lesson: Lesson, person: Person) -> dict[str, Any]:
    return iframe_page(
        person=person, room=lesson.room, standing=Standing.STUDENT, language="en", now=timezone.now()
    )


def policy_of(answer: Any) -> dict[str, str]:
    parts = (part.strip() for part in answer["Content-Security-Policy"].split(";"))
    return dict(part.split(" ", 1) for part in parts if " " in part)


def test_people_meet_jitsi_under_their_schools_name(
    jitsi: None, front: Front, cast: Cast, lesson: Lesson
) -> None:
    page = page_of(lesson, cast.amina)
    assert page["domain"] == "meet.here.example"
    assert page["script"] == "https://meet.here.example/external_api.js"
    assert {profile["inviteAppName"] for profile in page["profiles"].values()} == {"Here’s classroom"}
    assert origin_of(front_of(cast.elsewhere)) == "https://meet.common.example"


def regions_said(cast: Cast, lesson: Lesson, **headers: str) -> set[str]:
    answer = client_of(cast.amina).get(reverse("room", args=[lesson.pk]), headers=headers)
    profiles = answer.context["page_data"]["jitsi"]["profiles"].values()
    return {one.get("deploymentInfo", {}).get("userRegion", "") for one in profiles}


def test_jitsi_is_told_the_schools_region_where_it_has_bridges(
    jitsi: None, front: Front, cast: Cast, lesson: Lesson
) -> None:
    Bridge.objects.create(url="http://jvb:8080", name="jvb", region="west")
    assert regions_said(cast, lesson) == {""}, "the machine's own region then"
    Institution.objects.filter(pk=cast.school.pk).update(region="west")
    assert regions_said(cast, lesson) == {"west"}
    Front.objects.update(region="moon")
    assert regions_said(cast, lesson) == {""}
    Bridge.objects.update(region="moon")
    assert regions_said(cast, lesson) == {"moon"}
    # What nginx knows of the address it says to Prosody itself.
    assert regions_said(cast, lesson, x_proxy_region="coast") == {""}
    assert regions_said(cast, lesson, x_proxy_region="<b>") == {"moon"}


def test_newcomers_are_judged_by_the_bridges_near_their_address(
    jitsi: None, cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    Diversion.objects.create(region="coast", door="hls", why="busy", decided_at=now, judged_at=now)
    room = reverse("room", args=[lesson.pk])

    def suggested(**headers: str) -> str | None:
        page = client_of(cast.amina).get(room, headers=headers).context["page_data"]
        profile: str | None = page["suggested_profile"]
        return profile

    assert suggested() is None
    assert suggested(x_proxy_region="coast") == "saver"


def test_the_page_lets_in_that_name_and_the_common_one_and_no_other(
    jitsi: None, front: Front, cast: Cast, lesson: Lesson
) -> None:
    other = Front.objects.create(institution=cast.elsewhere, domain="meet.there.example")
    answer = client_of(cast.amina).get(reverse("room", args=[lesson.pk]))
    policy = policy_of(answer)
    for directive in ("script-src", "frame-src"):
        assert "https://meet.here.example" in policy[directive]
        assert other.domain not in policy[directive]
    assert '"https://meet.here.example"' in answer["Permissions-Policy"]
    elsewhere = client_of(cast.amina).get(reverse("home"))
    assert "meet.here.example" not in elsewhere["Content-Security-Policy"]


def test_with_the_script_from_us_pages_run_no_script_of_another_host_and_frame_jitsi_as_before(
    jitsi: None, front: Front, cast: Cast, lesson: Lesson, settings: Any
) -> None:
    settings.JITSI_SCRIPT_PROXIED = True
    page = page_of(lesson, cast.amina)
    assert (page["domain"], page["script"]) == ("meet.here.example", "/external_api.js")
    answer = client_of(cast.amina).get(reverse("room", args=[lesson.pk]))
    policy = policy_of(answer)
    assert "https://" not in policy["script-src"]
    assert "https://meet.here.example" in policy["frame-src"]
    assert '"https://meet.here.example"' in answer["Permissions-Policy"]


def test_without_jitsi_a_name_of_ones_own_changes_nothing(front: Front, settings: Any) -> None:
    settings.JITSI_ORIGIN = ""
    assert origin_of(front) == ""


def test_a_front_belongs_to_one_school(front: Front, cast: Cast) -> None:
    admin = Person.objects.create_user("admin@platform.test", None, name="P", is_platform_admin=True)
    empty = {"domain": "", "name": "", "colour": "", "logo_url": "", "region": ""}
    actions.change_front(institution=cast.school, by=admin, **empty)
    assert Front.objects.get(institution=cast.school).domain == ""
