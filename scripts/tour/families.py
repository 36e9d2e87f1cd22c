"""What the school lets families know: the rules as a head sets them, and the letter in the guardian's postbox."""

from __future__ import annotations

import email
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Browser

from common.services.urls import free_port
from scripts.headless import LAPTOP, Visitor
from scripts.tour.ground import PATIENCE_SECONDS, PICTURES, say
from scripts.tour.house import write_notes
from scripts.tour.roster import open_from_menu

GUARDIAN, CHILD = "guardian@demo.test", "Amina Yusuf"
# Nobody waits five minutes to be late, and nobody stays for an hour.
RULES = {"late_minutes": "1", "leave_minutes": "60", "absent_percent": "3"}


class Postbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not isinstance(envelope.content, bytes):
            return "550 bytes, please"
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def notes(self) -> list[EmailMessage]:
        """Those to the guardian that speak of the child's coming late."""
        return [one for one in self.letters if GUARDIAN in str(one["to"]) and CHILD in str(one["subject"])]


@contextmanager
def open_postbox() -> Iterator[tuple[Postbox, dict[str, str]]]:
    """A real SMTP server, and what Darasa must know of it."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield (
            box,
            {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(controller.port), "EMAIL_USE_TLS": "0"},
        )
    finally:
        controller.stop()


def set_rules(head: Visitor) -> None:
    """Late is who comes a minute after the beginning; once is enough for a note, at any hour."""
    open_from_menu(head, "Settings of the school")
    page = head.page
    for name, value in RULES.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("form:has([name=late_minutes]) button[type=submit]").first.click()
    page.wait_for_load_state()
    open_from_menu(head, "Notes to families")
    page.get_by_role("link", name="When notes are written").click()
    page.locator("[name=lateness-is_on]").check()
    page.locator("[name=lateness-limit]").fill("1")
    page.locator("[name=lateness-to_guardian]").check()
    for name in ("quiet_from_hour", "quiet_until_hour"):
        page.locator(f"[name={name}]").fill("0")
    head.shoot(PICTURES, "03-note-rules")
    page.locator("form:has([name=quiet_from_hour]) button[type=submit]").last.click()
    page.wait_for_load_state()
    say("whoever comes later than a minute is late, and their family hears of it")


def hear_of_lateness(browser: Browser, base: str, env: dict[str, str], box: Postbox) -> dict[str, bool]:
    """Whether the note came, and whether it stayed the only one when everything was compared twice again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not box.notes() and time.monotonic() < deadline:
        write_notes(env)
        time.sleep(1)
    letters = box.notes()
    if not letters:
        say("no note reached the guardian")
        return {"guardian_note": False, "note_only_once": False}
    show_letter(browser, letters[0])
    again = write_notes(env) + write_notes(env)
    guardian = Visitor.arrive(browser, base, "guardian")
    guardian.enter_as("guardian")
    guardian.go("/notes")
    rows = guardian.page.locator("table tbody tr").filter(has_text=CHILD).count()
    guardian.shoot(PICTURES, "28-notes-guardian")
    guardian.context.close()
    once = again == 0 and len(box.notes()) == 1 and rows == 1
    say(f"the guardian's note: “{letters[0]['subject']}”; the sweep wrote {again} more")
    return {"guardian_note": True, "note_only_once": once}


def show_letter(browser: Browser, letter: EmailMessage) -> None:
    """As a mail program shows it."""
    body = letter.get_body(("html", "plain"))
    text = body.get_content() if body is not None else ""
    context = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}, offline=True)
    page = context.new_page()
    page.set_content(text if body and body.get_content_subtype() == "html" else f"<pre>{text}</pre>")
    page.screenshot(path=PICTURES / "27-note-letter.png")
    context.close()
