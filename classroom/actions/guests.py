"""What can be done with guest links and with those who knock."""

import unicodedata
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.actions import acquaint, decide_recording, record_audit
from accounts.models import AnswerSource, Person, RecordingAnswer
from accounts.policy import read_policy
from classroom import live, messages
from classroom.actions.presences import close_presence
from classroom.actions.rooms import lock_room_of
from classroom.models import KNOCK_MOVES, GuestLink, Knock, KnockState, Lesson, Presence
from classroom.protection import who_may_be
from classroom.queries import presences_inside, waiting_at
from classroom.rules import doors_are_open
from common.ids import fingerprint, make_secret
from common.refusals import Refused
from common.sockets import codes

MOST_LINKS = 20
LONGEST_NAME = 60
# A class of forty behind one link may knock within the same minute; a script soon finds the end of it.
KNOCKS_A_MINUTE, KNOCKS_A_BROWSER = 60, 3
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters and signs that show nothing


def tidy_name(text: str) -> str:
    """The name without what cannot be seen. Raises Refused("name_missing") and Refused("name_too_long")."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    seen = "".join(one for one in text if unicodedata.category(one)[0] != "C" and one not in FILLERS)
    name = " ".join(seen.split())
    if not any(one.isalnum() for one in name):
        raise Refused("name_missing")
    if len(name) > LONGEST_NAME:
        raise Refused("name_too_long")
    return name


@transaction.atomic
def create_guest_link(
    *,
    lesson: Lesson,
    by: Person,
    label: str = "",
    max_guests: int = 10,
    expires_at: datetime | None = None,
    now: datetime,
) -> tuple[GuestLink, str]:
    """The link and its secret, which nobody can ever read again. Without `expires_at` it follows the lesson."""
    if not read_policy(lesson.institution.policy).guests_allowed:
        raise Refused("no_guests")
    if lesson.is_over:
        raise Refused("lesson_over")
    if expires_at is not None and expires_at <= now:
        raise Refused("in_the_past")
    if lesson.guest_links.filter(revoked_at__isnull=True).count() >= MOST_LINKS:
        raise Refused("too_many_links")
    secret = make_secret()
    link = GuestLink.objects.create(
        lesson=lesson,
        created_by=by,
        label=label,
        max_guests=max_guests,
        expires_at=expires_at,
        fingerprint=fingerprint(secret),
    )
    _audit("guest_link.created", lesson, by, f"guest_link:{link.pk}")
    return link, secret


@transaction.atomic
def revoke_guest_link(*, link: GuestLink, by: Person, now: datetime) -> bool:
    """Whoever waits behind it is sent away, whoever came in through it is put out; False when it was revoked before."""
    if not GuestLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    for knock in Knock.objects.filter(link=link, state=KnockState.WAITING):
        _decide(knock, KnockState.EXPIRED, by=by, now=now)
    for knock in Knock.objects.filter(link=link, state=KnockState.ADMITTED):
        _decide(knock, KnockState.EXPIRED, by=by, now=now)
        _put_out(knock, now=now)
    _audit("guest_link.revoked", link.lesson, by, f"guest_link:{link.pk}")
    return True


@transaction.atomic
def knock_as_guest(
    *,
    link: GuestLink,
    name: str,
    browser: str,
    language: str,
    now: datetime,
    answer: RecordingAnswer | None = None,
) -> Knock:
    """Somebody behind a link asks to come in; the same knock when this browser asked before.

    `browser` is the secret in its cookie, `answer` their word about the recording; None for who was not asked,
    which is no permission. Raises Refused: name_missing, name_too_long, not_found, doors_closed,
    link_full, refused, slow_down.
    """
    name, mark = tidy_name(name), fingerprint(browser)
    link = (
        GuestLink.objects.select_for_update(of=("self",))
        .select_related("lesson__institution")
        .get(pk=link.pk)
    )
    known = Knock.objects.filter(link=link, browser=mark)
    present = known.filter(state__in=(KnockState.WAITING, KnockState.ADMITTED)).first()
    if present is not None:
        if answer is not None:
            answer_for_recording(knock=present, answer=answer, now=now)
        return present
    _refuse_knocking(link, now=now)
    if known.count() >= KNOCKS_A_BROWSER:
        raise Refused("refused")
    knock = Knock(lesson=link.lesson, link=link, name=name, browser=mark, language=language, asked_at=now)
    if answer is not None:
        knock.recording_answer, knock.answered_at = answer, now
    return _ask(knock)


@transaction.atomic
def answer_for_recording(*, knock: Knock, answer: RecordingAnswer, now: datetime) -> None:
    """A guest's own word whether they may be in recordings; of who is let in already it holds at once."""
    # Whoever lets them in at this moment has written this row before, or waits and reads the new answer.
    locked = Knock.objects.select_for_update(of=("self",)).select_related("lesson__institution", "person")
    fresh = locked.get(pk=knock.pk)
    if not fresh.is_guest:
        return
    fresh.recording_answer, fresh.answered_at = answer, now
    fresh.save(update_fields=["recording_answer", "answered_at"])
    if fresh.state == KnockState.ADMITTED:
        _write_down_answer(fresh)


def _write_down_answer(knock: Knock) -> None:
    """Into the ledger in which everybody's permission stands; before there is a person it has no line for them."""
    if knock.person is None or knock.answered_at is None:
        return
    decide_recording(
        institution=knock.lesson.institution,
        people=[knock.person],
        answer=RecordingAnswer(knock.recording_answer),
        source=AnswerSource.GUEST,
        by=knock.person,
        now=knock.answered_at,
    )


def _refuse_knocking(link: GuestLink, *, now: datetime) -> None:
    if not link.is_open_at(now):
        raise Refused("not_found")
    if not doors_are_open(link.lesson, now=now):
        raise Refused("doors_closed")
    if link.knocks.filter(state=KnockState.ADMITTED).count() >= link.max_guests:
        raise Refused("link_full")
    if link.knocks.filter(asked_at__gt=now - timedelta(minutes=1)).count() >= KNOCKS_A_MINUTE:
        raise Refused("slow_down")


@transaction.atomic
def knock_as_member(*, lesson: Lesson, person: Person, now: datetime) -> Knock:
    """A member asks to come in while the lobby holds everybody; the same knock when they asked before."""
    if not doors_are_open(lesson, now=now):
        raise Refused("doors_closed")
    present = Knock.objects.filter(lesson=lesson, person=person, state=KnockState.WAITING).first()
    if present is not None:
        return present
    if Knock.objects.filter(lesson=lesson, person=person).count() >= KNOCKS_A_BROWSER:
        raise Refused("refused")
    try:
        with transaction.atomic():
            return _ask(Knock(lesson=lesson, person=person, name=person.name, asked_at=now))
    except IntegrityError:  # the same person in another tab, at the same moment
        return Knock.objects.get(
            lesson=lesson, person=person, state__in=(KnockState.WAITING, KnockState.ADMITTED)
        )


def _ask(knock: Knock) -> Knock:
    knock.save(force_insert=True)
    may_be = who_may_be([knock]).get(knock.pk, "")
    live.announce_at_the_door(knock.lesson_id, messages.knock_waiting(knock, may_be))
    return knock


@transaction.atomic
def admit_knock(*, knock: Knock, by: Person, now: datetime) -> bool:
    """Lets them in; a guest becomes a person now. False when somebody else decided first.

    Raises Refused("lesson_over") and, for a guest, Refused("not_found") and Refused("link_full").
    """
    if knock.lesson.is_over:
        raise Refused("lesson_over")
    if knock.link_id is not None:
        link = GuestLink.objects.select_for_update().get(pk=knock.link_id)
        if link.revoked_at is not None:
            raise Refused("not_found")
        if link.knocks.filter(state=KnockState.ADMITTED).count() >= link.max_guests:
            raise Refused("link_full")
    if not _decide(knock, KnockState.ADMITTED, by=by, now=now):
        return False
    if knock.is_guest:
        knock.person = Person.objects.create_guest(knock.name, knock.language)
        acquaint(institution=knock.lesson.institution, person=knock.person)
        knock.save(update_fields=["person"])
        _write_down_answer(knock)
    _audit("knock.admitted", knock.lesson, by, f"knock:{knock.pk}")
    return True


def admit_everybody(*, lesson: Lesson, by: Person, now: datetime) -> int:
    """All who wait now, in the order in which they came; those for whom their link has no place stay."""
    admitted = 0
    for knock in waiting_at(lesson):
        try:
            admitted += admit_knock(knock=knock, by=by, now=now)
        except Refused as refusal:
            if refusal.code == "lesson_over":
                raise
    return admitted


@transaction.atomic
def refuse_knock(*, knock: Knock, by: Person, now: datetime) -> bool:
    """Sends them away; a guest who is inside already is put out. False when there was nothing to refuse."""
    was_inside = knock.state == KnockState.ADMITTED
    if was_inside and not knock.is_guest:
        return False
    if not _decide(knock, KnockState.REFUSED, by=by, now=now):
        return False
    if was_inside:
        _put_out(knock, now=now)
    _audit("knock.refused", knock.lesson, by, f"knock:{knock.pk}")
    return True


@transaction.atomic
def withdraw_knock(*, knock: Knock, now: datetime) -> bool:
    """They do not want to wait any longer."""
    return _decide(knock, KnockState.WITHDRAWN, by=None, now=now)


def expire_knocks(*, now: datetime) -> int:
    """Nobody waits at the door of a lesson that is over, or behind a link that opens nothing any more."""
    waiting = Knock.objects.filter(state=KnockState.WAITING).select_related(
        "lesson", "link__lesson__institution"
    )
    gone = [one for one in waiting if one.lesson.is_over or (one.link and not one.link.is_open_at(now))]
    return sum(_expire(knock, now=now) for knock in gone)


@transaction.atomic
def _expire(knock: Knock, *, now: datetime) -> bool:
    return _decide(knock, KnockState.EXPIRED, by=None, now=now)


def put_out_unwelcome_guests(*, now: datetime) -> int:
    """Guests who are inside without an admission that counts: the message that closed their sockets was lost."""
    inside = Presence.objects.filter(left_at__isnull=True, person__is_guest=True)
    welcome = Knock.objects.filter(state=KnockState.ADMITTED).values("person")
    unwelcome = Knock.objects.filter(person__in=inside.exclude(person__in=welcome).values("person"))
    return len([_put_out(knock, now=now) for knock in unwelcome.select_related("lesson")])


@transaction.atomic
def _put_out(knock: Knock, *, now: datetime) -> None:
    """Ends a guest's presences and closes their sockets, the board's too."""
    lock_room_of(knock.lesson)
    for presence in presences_inside(knock.lesson).filter(person=knock.person):
        close_presence(presence, at=now)
    live.hang_up_person(knock.person_id, codes.REMOVED)


def _decide(knock: Knock, state: KnockState, *, by: Person | None, now: datetime) -> bool:
    """One move of the state machine, told to the staff inside; False when somebody else was first."""
    if state not in KNOCK_MOVES[knock.state]:
        return False
    open_ = Knock.objects.filter(pk=knock.pk, state=knock.state)
    if not open_.update(state=state, decided_by=by, decided_at=now):
        return False
    knock.refresh_from_db(fields=["state", "decided_by", "decided_at", "recording_answer", "answered_at"])
    live.announce_at_the_door(knock.lesson_id, messages.knock_decided(knock))
    return True


def _audit(act: str, lesson: Lesson, by: Person, target: str) -> None:
    record_audit(act, institution=lesson.institution, by=by, target=target, detail={"lesson": str(lesson.pk)})
