"""docs/authorisation.md says what the table says."""

from __future__ import annotations

from django.core.management import call_command

from accounts.authorisation import TABLE
from config.doors import URLS, WORDS
from config.management.commands.authorisation import page


def test_the_page_is_in_step_with_the_table() -> None:
    call_command("authorisation", check=True)


def test_the_page_names_every_row_every_address_and_every_word() -> None:
    text = page()
    assert [row for row in TABLE if f"| {row} |" not in text] == []
    assert [name for name in (*URLS, *WORDS) if f"`{name}`" not in text] == []
