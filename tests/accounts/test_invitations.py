"""Invitations: a letter over a real mail server, a link that works once, and everything it refuses."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.actions.invitations import LETTERS_A_DAY
from accounts.models import Invitation, Membership, Person, Role
from accounts.queries import active_memberships
from accounts.tasks import send_invitation, sweep_invitations
from common.refusals import Refused
from common.services.urls import free_port
from tests.conftest import PASSWORD, Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "seven green bottles"


class Postbox:
    """Keeps what a mail server is given; `is_open` False answers that it is busy."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.is_open = True

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not self.is_open:
            return "451 come back later"
        assert isinstance(envelope.content, bytes)
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    """A real SMTP server on a real port, and the product's own settings for it."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS = "", False
    settings.PUBLIC_URL = "https://classroom.example"
    yield box
    controller.stop()


def invite(cast: Cast, address: str = "Vera@New.test", role: Role = Role.TEACHER) -> Invitation:
    return actions.invite_person(institution=cast.school, email=address, name="Vera", role=role, by=cast.head)


def delivered(postbox: Postbox, invitation: Invitation) -> str:
    """Send it; the path of the link in the letter that arrived."""
    send_invitation(str(invitation.pk))
    return link_in(postbox.letters[-1])


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"https://classroom\.example(/invitations/\S+)", body.get_content())
    assert found
    return found[1]


def text_of(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_letter_arrives_in_the_schools_language_as_text_and_html(cast: Cast, postbox: Postbox) -> None:
    path = delivered(postbox, invite(cast))
    letter = postbox.letters[0]
    assert letter["To"] == "vera@new.test"
    assert "Here" in letter["Subject"]
    assert "Hello Vera" in text_of(letter, "plain")
    html = text_of(letter, "html")
    assert f'href="https://classroom.example{path}"' in html
    assert 'dir="ltr"' in html


def test_a_letter_for_a_reader_of_arabic_is_written_from_right_to_left(cast: Cast, postbox: Postbox) -> None:
    Person.objects.filter(pk=cast.stranger.pk).update(language="ar")
    delivered(postbox, invite(cast, cast.stranger.email))
    assert '<html lang="ar" dir="rtl">' in text_of(postbox.letters[0], "html")


def test_a_name_cannot_write_headers_or_markup(cast: Cast, postbox: Postbox) -> None:
    cast.school.name = "Here\r\nBcc: thief@x.test"
    cast.school.save()
    invitation = invite(cast)
    Invitation.objects.filter(pk=invitation.pk).update(name="<b>Vera</b>")
    delivered(postbox, invitation)
    letter = postbox.letters[0]
    assert letter["Bcc"] is None
    assert "&lt;b&gt;Vera" in text_of(letter, "html")


def test_the_token_rests_nowhere_but_in_the_letter(cast: Cast, postbox: Postbox) -> None:
    invitation = invite(cast)
    token = delivered(postbox, invitation).rsplit("/", 1)[1]
    assert len(token) >= 22, "at least 128 bits"
    row = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert token not in str(row)
    assert actions.find_invitation(token, now=timezone.now()) == invitation
    assert actions.find_invitation(row["token_hash"], now=timezone.now()) is None


def test_a_newcomer_chooses_a_password_and_is_in(cast: Cast, postbox: Postbox) -> None:
    path, client = delivered(postbox, invite(cast)), Client()
    assert client.get(path).status_code == 200
    answer = client.post(path, {"name": "Vera Lind", "password": NEW_PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    vera = Person.objects.get(email="vera@new.test")
    assert (vera.name, vera.check_password(NEW_PASSWORD)) == ("Vera Lind", True)
    assert active_memberships(vera).get().role == Role.TEACHER


def test_the_link_works_once(cast: Cast, postbox: Postbox) -> None:
    path = delivered(postbox, invite(cast))
    Client().post(path, {"name": "Vera", "password": NEW_PASSWORD})
    assert Client().get(path).status_code == 410
    assert Client().post(path, {"name": "Thief", "password": NEW_PASSWORD}).status_code == 410
    assert Person.objects.get(email="vera@new.test").name == "Vera"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "Vera", "password": "short"}, "password"),
        ({"name": "Vera", "password": "password123"}, "password"),
        ({"name": "Vera", "password": "vera@new.test"}, "password"),
        ({"name": "", "password": NEW_PASSWORD}, "name"),
        ({"name": "V\x00", "password": NEW_PASSWORD}, "name"),
        ({}, "password"),
    ],
)
def test_a_bad_form_leaves_the_invitation_open(
    cast: Cast, postbox: Postbox, typed: dict[str, str], field: str
) -> None:
    path = delivered(postbox, invite(cast))
    page = Client().post(path, typed)
    assert page.status_code == 400
    assert field in page.context["form"].errors
    assert Client().get(path).status_code == 200


def test_an_account_with_a_password_keeps_it_and_signs_in_first(cast: Cast, postbox: Postbox) -> None:
    path = delivered(postbox, invite(cast, cast.stranger.email))
    assert "Sign in, and you come back here" in Client().get(path).content.decode()
    Client().post(path, {"name": "Thief", "password": NEW_PASSWORD})
    assert Person.objects.get(pk=cast.stranger.pk).check_password(PASSWORD)
    client = client_of(cast.stranger)
    assert client.post(path).status_code == 302
    assert active_memberships(cast.stranger).filter(institution=cast.school).exists()


def test_somebody_else_who_is_signed_in_cannot_take_it(cast: Cast, postbox: Postbox) -> None:
    path = delivered(postbox, invite(cast))
    client = client_of(cast.amina)
    assert "another address" in client.get(path).content.decode()
    client.post(path, {"name": "x", "password": NEW_PASSWORD})
    assert not Membership.objects.filter(person=cast.amina, role=Role.TEACHER).exists()
    assert Client().get(path).status_code == 200


@pytest.mark.parametrize("end", ["revoked", "expired", "resent", "suspended"])
def test_a_link_that_has_ended_opens_nothing(cast: Cast, postbox: Postbox, end: str) -> None:
    invitation = invite(cast, "amina@here.test")
    path = delivered(postbox, invitation)
    if end == "revoked":
        actions.revoke_invitation(invitation=invitation, by=cast.head)
    elif end == "expired":
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())
    elif end == "resent":
        actions.resend_invitation(invitation=invitation, by=cast.head)
    else:
        actions.suspend_person(institution=cast.school, person=cast.amina, by=cast.head)
    assert Client().get(path).status_code == 410
    assert client_of(cast.amina).post(path).status_code == 410
    assert not Membership.objects.filter(person=cast.amina, role=Role.TEACHER).exists()


def test_a_letter_sent_again_has_a_new_link(cast: Cast, postbox: Postbox) -> None:
    invitation = invite(cast)
    first = delivered(postbox, invitation)
    actions.resend_invitation(invitation=invitation, by=cast.head)
    second = delivered(postbox, invitation)
    assert first != second
    assert Client().get(second).status_code == 200


def test_a_mail_server_that_is_away_is_tried_again_later(cast: Cast, postbox: Postbox) -> None:
    postbox.is_open = False
    invitation = invite(cast)
    send_invitation(str(invitation.pk))
    invitation.refresh_from_db()
    assert (invitation.sent_at, invitation.attempts) == (None, 1)
    assert invitation.due_at is not None and invitation.due_at > timezone.now()
    postbox.is_open = True
    sweep_invitations()
    assert postbox.letters == [], "not before its time"
    Invitation.objects.update(due_at=timezone.now())
    sweep_invitations()
    assert len(postbox.letters) == 1
    invitation.refresh_from_db()
    assert invitation.state_at(timezone.now()) == "sent"


def test_after_eight_attempts_the_page_says_so_and_nobody_tries_on(cast: Cast, postbox: Postbox) -> None:
    postbox.is_open = False
    invitation = invite(cast)
    for _ in range(9):
        Invitation.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        sweep_invitations()
    invitation.refresh_from_db()
    assert (invitation.attempts, invitation.state_at(timezone.now())) == (8, "undelivered")


def test_two_workers_write_one_letter(cast: Cast) -> None:
    invitation, now = invite(cast), timezone.now()
    claims = [actions.claim_letter(invitation_id=invitation.pk, now=now) for _ in range(2)]
    assert [claim is not None for claim in claims] == [True, False]


def test_a_lost_knock_is_found_by_the_sweep(cast: Cast, postbox: Postbox) -> None:
    invite(cast)
    sweep_invitations()
    sweep_invitations()
    assert len(postbox.letters) == 1


@pytest.mark.parametrize(
    ("address", "role", "code"),
    [
        ("amina@here.test", Role.STUDENT, "already_member"),
        ("AMINA@here.test", Role.STUDENT, "already_member"),
        ("bilal@here.test", Role.TEACHER, "suspended"),
        ("vera@new.test", Role.TEACHER, "already_invited"),
    ],
)
def test_whom_one_cannot_invite(cast: Cast, address: str, role: Role, code: str) -> None:
    invite(cast)
    actions.suspend_person(institution=cast.school, person=cast.bilal, by=cast.head)
    with pytest.raises(Refused, match=code):
        invite(cast, address, role)


def test_an_expired_invitation_makes_room_for_a_new_one(cast: Cast) -> None:
    Invitation.objects.filter(pk=invite(cast).pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert invite(cast).state_at(timezone.now()) == "waiting"


def test_a_head_invites_no_head_through_the_form(cast: Cast) -> None:
    client, address = client_of(cast.head), f"/institutions/{cast.school.pk}/invitations/"
    typed = {"email": "x@new.test", "name": "X"}
    assert client.post(address, {**typed, "role": "head"}).status_code == 400
    assert client.post(address, {**typed, "role": "teacher"}).status_code == 302
    assert client.post(address, {**typed, "role": "teacher"}).status_code == 400
    assert Invitation.objects.get().role == Role.TEACHER


def test_invitations_are_sent_again_and_withdrawn_on_their_page(cast: Cast) -> None:
    client, invitation = client_of(cast.head), invite(cast)
    address = f"/institutions/{cast.school.pk}/invitations/{invitation.pk}"
    Invitation.objects.update(due_at=None, sent_at=timezone.now())
    client.post(f"{address}/resend")
    invitation.refresh_from_db()
    assert invitation.state_at(timezone.now()) == "waiting"
    page = client.post(f"{address}/revoke", follow=True).content.decode()
    assert "Withdrawn" in page
    page = client.post(f"{address}/resend", follow=True).content.decode()
    assert "done or withdrawn before" in page


def test_no_letter_goes_to_an_address_that_cannot_be_and_the_row_says_so(
    cast: Cast, postbox: Postbox
) -> None:
    for address in ("x@guest.invalid", "y@INVALID"):
        invitation = invite(cast, address)
        send_invitation(str(invitation.pk))
        invitation.refresh_from_db()
        assert (invitation.sent_at, invitation.due_at) == (None, None)
        assert invitation.failure == "no address that letters reach"
    assert postbox.letters == []
    page = client_of(cast.head).get(reverse("invitations", args=[cast.school.pk]))
    assert "no address that letters reach" in page.content.decode()


def test_nobodys_mailbox_is_filled_by_withdrawing_and_inviting_again(cast: Cast) -> None:
    for _ in range(LETTERS_A_DAY - 1):
        actions.revoke_invitation(invitation=invite(cast), by=cast.head)
    last = invite(cast)
    for again in (lambda: actions.resend_invitation(invitation=last), lambda: invite(cast)):
        with pytest.raises(Refused, match="too_soon"):
            again()
    invite(cast, "another@new.test")
