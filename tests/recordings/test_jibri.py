"""What a Jibri says, read without trusting it; where it is, read from the setting."""

from __future__ import annotations

from typing import Any

import pytest

from common.services.urls import free_port
from recordings.jibri import (
    Address,
    HttpJibri,
    JibriAway,
    UnreadableStatus,
    read_addresses,
    read_status,
)
from recordings.models import RecorderState


def told(busy: str, health: str = "HEALTHY", **details: Any) -> dict[str, Any]:
    return {"busyStatus": busy, "health": {"healthStatus": health, "details": details}}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (told("IDLE"), RecorderState.IDLE),
        (told("BUSY"), RecorderState.BUSY),
        (told("EXPIRED"), RecorderState.EXPIRED),
        (told("IDLE", "UNHEALTHY"), RecorderState.UNHEALTHY),
        # It records all the same: it must not be taken from its lesson.
        (told("BUSY", "UNHEALTHY"), RecorderState.BUSY),
    ],
)
def test_a_status_becomes_one_word(status: dict[str, Any], state: str) -> None:
    assert read_status(status).state == state


def test_an_unhealthy_one_names_the_part_that_is_ill() -> None:
    parts = {
        "chrome": {"healthStatus": "UNHEALTHY", "detail": "no display\0"},
        "disk": {"healthStatus": "HEALTHY"},
    }
    assert read_status(told("IDLE", "UNHEALTHY", **parts)).detail == "chrome: no display"


@pytest.mark.parametrize(
    "nonsense",
    [None, [], "BUSY", {}, {"busyStatus": "IDLE"}, {"busyStatus": [], "health": 7}, told("ASLEEP")],
)
def test_anything_else_has_one_name(nonsense: Any) -> None:
    with pytest.raises(UnreadableStatus):
        read_status(nonsense)


def test_addresses_may_have_a_name_and_a_pool() -> None:
    listed = ["http://jibri-1:2222", "http://jibri-2:3333/", "a@europe=http://10.0.0.7:2222", "b=https://b"]
    assert read_addresses(listed) == [
        Address("jibri-1", "http://jibri-1:2222", ""),
        Address("jibri-2:3333", "http://jibri-2:3333", ""),
        Address("a", "http://10.0.0.7:2222", "europe"),
        Address("b", "https://b", ""),
    ]


@pytest.mark.parametrize("word", ["jibri-1:2222", "ftp://jibri", "a@=http://x", "http://", "a b=http://x"])
def test_what_is_no_address_says_so(word: str) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        read_addresses([word])


def test_one_that_is_not_there_is_away() -> None:
    with HttpJibri() as client, pytest.raises(JibriAway):
        client.health(f"http://127.0.0.1:{free_port()}")
