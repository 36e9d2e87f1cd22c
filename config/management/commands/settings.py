"""`manage.py settings`: what the table in `config/env.py` says, as `.env.example` or as a page."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.env import BASE_DIR, TABLE, VAR_DIR, Setting

EXAMPLE = BASE_DIR / ".env.example"
PAGE = BASE_DIR / "docs" / "settings.md"
EXAMPLE_HEAD = """\
# Every environment variable that Darasa reads, with its default. Written by `make settings`, do not edit.
# Darasa reads the environment, not files: copy this to `.env`, take the `#` away where you want something
# else, and load it with your service manager, or by hand: set -a; . ./.env; set +a
"""
PAGE_HEAD = """\
# Settings

Every environment variable that Darasa reads. Written by `make settings` from the table in `config/env.py`, do
not edit. A value that cannot be read stops the start with a sentence; a secret that is missing or too short is a
system check (`darasa.E001` …, `config/checks.py`). Folders are relative to the project.

| name | default | meaning |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Prints .env.example; or the page about settings, or a new secret."
    requires_system_checks: list[str] = []  # it helps those whose settings are not right yet

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--markdown", action="store_true", help="print docs/settings.md instead")
        what.add_argument("--secret", action="store_true", help="print a random SECRET_KEY")
        what.add_argument("--check", action="store_true", help="fail when a committed file is stale")

    def handle(self, *args: Any, markdown: bool, secret: bool, check: bool, **options: Any) -> None:
        if check:
            return fail_if_stale()
        if secret:
            return self.stdout.write(secrets.token_urlsafe(64))
        return self.stdout.write(page() if markdown else example())


def fail_if_stale() -> None:
    for path, text in ((EXAMPLE, example()), (PAGE, page())):
        if not path.exists() or path.read_text() != text:
            raise CommandError(f"{path.relative_to(BASE_DIR)} is stale: run `make settings`.")


def example() -> str:
    lines = [f"\n# {setting.help}\n#{setting.name}={shown_default(setting)}\n" for setting in TABLE]
    return EXAMPLE_HEAD + "".join(lines)


def page() -> str:
    return PAGE_HEAD + "".join(f"{_row(setting)}\n" for setting in TABLE)


def _row(setting: Setting) -> str:
    default = shown_default(setting)
    secret = " **Secret.**" if setting.secret else ""
    return f"| `{setting.name}` | {f'`{default}`' if default else 'empty'} | {setting.help}{secret} |"


def shown_default(setting: Setting) -> str:
    """The default as everybody has it: no folder of the machine that runs this."""
    path = Path(setting.default)
    if setting.parse is not Path or not path.is_relative_to(VAR_DIR):
        return setting.default
    return str("var" / path.relative_to(VAR_DIR))
