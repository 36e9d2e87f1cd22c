"""`manage.py jitsi_keys new|retire|list`: the keys that sign Jitsi's tokens with RS256."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from classroom.jitsi import keys
from classroom.jitsi.tokens import LONGEST
from common.refusals import Refused

REFUSALS = {
    "two_keys_are_live": "Two keys are live already. Retire the older one first: `manage.py jitsi_keys list`.",
    "unknown_key": "There is no live key of this name: `manage.py jitsi_keys list`.",
    "no_other_key_signs": (
        "No other key signs yet. Make one (`manage.py jitsi_keys new`) and wait until the list says that it signs."
    ),
}


class Command(BaseCommand):
    help = "Makes, retires and lists the keys that sign Jitsi's tokens with RS256."
    # It mends what the checks complain of.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("new", help="make a key; it signs as soon as every Prosody can know it")
        acts.add_parser("list", help="all keys and what each one does")
        retire = acts.add_parser("retire", help="let a key sign nothing any more")
        retire.add_argument("kid")
        retire.add_argument(
            "--stolen", action="store_true", help="also stop serving it now; then restart every Prosody"
        )

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        now = timezone.now()
        try:
            getattr(self, act)(now, **options)
        except Refused as refusal:
            raise CommandError(REFUSALS[refusal.code]) from refusal

    def new(self, now: datetime, **options: Any) -> None:
        made = keys.make_key(settings.JITSI_KEYS_DIR, now=now)
        signs = keys.find_signing_key(keys.read_keys(settings.JITSI_KEYS_DIR), now=now)
        when = (
            "now" if signs.kid == made.kid else f"{made.created_at + keys.ANNOUNCED_AFTER:%Y-%m-%d %H:%M} UTC"
        )
        self.stdout.write(f"{made.kid} signs from {when}.")

    def retire(self, now: datetime, *, kid: str, stolen: bool, **options: Any) -> None:
        retired = keys.retire_key(
            settings.JITSI_KEYS_DIR, kid, now=now, longest_token=LONGEST, at_once=stolen
        )
        if stolen:
            self.stdout.write(f"{kid} is not served any more. Prosody keeps what it fetched: restart it.")
        else:
            self.stdout.write(
                f"{kid} signs nothing any more and is served until {retired.served_until:%Y-%m-%d %H:%M} UTC."
            )

    def list(self, now: datetime, **options: Any) -> None:
        found = keys.read_keys(settings.JITSI_KEYS_DIR)
        if not found:
            self.stdout.write("There is no key. `manage.py jitsi_keys new` makes one.")
            return
        signs = keys.find_signing_key(found, now=now).kid if any(key.is_live for key in found) else None
        for key in found:
            self.stdout.write(f"{key.kid}  {_state(key, signs, now)}  {key.asap_name}.pem")


def _state(key: keys.Key, signs: str | None, now: datetime) -> str:
    if key.kid == signs:
        return "signs"
    if key.is_live:
        return (
            "live"
            if key.is_announced(now)
            else f"signs from {key.created_at + keys.ANNOUNCED_AFTER:%Y-%m-%d %H:%M} UTC"
        )
    return f"retired, served until {key.served_until:%Y-%m-%d %H:%M} UTC" if key.is_served(now) else "gone"
