"""`manage.py authorisation`: the table of `accounts/authorisation.py` and its doors, as the page docs/authorisation.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.authorisation import TABLE, Actor
from config.doors import BEHIND, MACHINE, NO_DOOR_YET, PUBLIC, URLS, WORDS, rows_of
from config.env import BASE_DIR

PAGE = BASE_DIR / "docs" / "authorisation.md"
HEADS = {
    Actor.PLATFORM_ADMIN: "platform admin",
    Actor.HEAD: "head",
    Actor.TEACHER: "teacher",
    Actor.CO_TEACHER: "co-teacher",
    Actor.STUDENT: "student",
    Actor.GUARDIAN: "guardian",
    Actor.GUEST: "guest",
    Actor.API_CLIENT: "API client",
    Actor.SERVICE: "service",
}
HEAD = """\
# Who may do what

Written by `make authorisation` from `accounts/authorisation.py` and `config/doors.py`, do not edit. The reasons stand
there, beside the rows. `tests/architecture/test_authorisation.py` tries every cell of a row at each of its addresses,
`tests/wire/test_authorisation.py` at each of its words on the sockets; the run ends with how many. A row with **no door
yet** says what was decided for something that no page, word or operation asks: nothing tries it. Whoever came by a join link is nobody but in
the room, on the board and at the replay of that one lesson.

**a** everywhere · **i** their own institution · **c** courses and lessons that they take part in · **k** their own
child · **h** what is their own, as long as they belong to the school · **m** themselves · **-** nothing. An API client
also needs the scope that the API names. Except for **a** and **m**, all of it ends with a suspension and with the
last day of a membership; **c** and **k** also with the enrolment. A closed account opens nothing.

"""


class Command(BaseCommand):
    help = "Prints docs/authorisation.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the committed page is stale")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            return self.stdout.write(page(), ending="")
        if not PAGE.exists() or PAGE.read_text() != page():
            raise CommandError(f"{PAGE.relative_to(BASE_DIR)} is stale: run `make authorisation`.")
        return None


def page() -> str:
    return HEAD + matrix() + "\n## Doors\n\n" + doors() + "\n" + public()


def matrix() -> str:
    lines = [f"| | {' | '.join(HEADS[actor] for actor in Actor)} |", "|---" * (len(Actor) + 1) + "|"]
    lines += [f"| {row} | {' | '.join(cells[actor] for actor in Actor)} |" for row, cells in TABLE.items()]
    return "\n".join(lines) + "\n"


def doors() -> str:
    """Each row with what asks it; a row without a door waits for one."""
    lines = ["| row | read | written | said on a socket |", "|---|---|---|---|"]
    for row in TABLE:
        read = [name for name in URLS if rows_of(name)[0] == row]
        written = [name for name in URLS if rows_of(name)[1] == row]
        words = [word for word, asked in WORDS.items() if asked == row]
        cells = [_listed(names) for names in (read, written, words)]
        if not any(cells):
            cells[0] = "**no door yet**" if row in NO_DOOR_YET else BEHIND[row]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def public() -> str:
    names, machines = ([name for name in URLS if URLS[name] == kind] for kind in (PUBLIC, MACHINE))
    return (
        f"Open to anybody, or to whoever holds the secret in the address: {_listed(names)}.\n\n"
        f"For machines of the platform, each by a secret of its own: {_listed(machines)}.\n"
    )


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
