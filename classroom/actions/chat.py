"""Writing in the chat, deleting from it, deciding who writes, and reporting what worries somebody."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import (
    LONGEST_WORDS,
    STAFF,
    ChatMessage,
    ChatMode,
    Concern,
    ConcernState,
    Lesson,
    Room,
    Standing,
    Talk,
)
from classroom.queries import messages_for
from classroom.talk import bell
from common.queue import enqueue_on_commit
from common.refusals import Refused

# Controls, and what turns the text around that follows it; blanks and line ends stay.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MANY_LINES = re.compile(r"\n{3,}")


def tidy(text: str) -> str:
    """As it is kept and counted: composed letters, no controls, at most one empty line in a row."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _MANY_LINES.sub("\n\n", _UNWANTED.sub("", plain)).strip()


@transaction.atomic
def send_message(
    *, message_id: UUID, room: Room, author: Person, standing: Standing, text: str, now: datetime
) -> tuple[ChatMessage, bool]:
    """The message, and whether it is new: the same `message_id` again is the same message.

    Raises Refused("bad_data"), Refused("lesson_over") and, for whom the mode keeps silent, Refused("chat_closed").
    """
    talk = lock_talk(room)
    known = ChatMessage.objects.filter(pk=message_id).first()
    if known is not None:
        return _same(known, room, author), False
    words, lesson = _words(text), _open_lesson(room)
    if lesson.chat_mode == ChatMode.CLOSED and standing not in STAFF:
        raise Refused("chat_closed")
    message = ChatMessage(
        pk=message_id,
        room=room,
        author=author,
        name=author.name,
        standing=standing,
        text=words,
        to_staff=lesson.chat_mode == ChatMode.QUESTIONS and standing not in STAFF,
        sent_at=now,
        seq=next_seq(talk),
    )
    message.save(force_insert=True)
    bell.announce(room.pk, message.seq, "chat.sent", message.pk)
    return message, True


def _words(text: str) -> str:
    words = tidy(text)
    if not words or len(words) > LONGEST_WORDS:
        raise Refused("bad_data")
    return words


def _open_lesson(room: Room) -> Lesson:
    """Nobody looks after what is said in a breakout that is closed."""
    here = Room.objects.select_related("lesson").get(pk=room.pk)
    if here.is_shut:
        raise Refused("lesson_over")
    return here.lesson


def _same(known: ChatMessage, room: Room, author: Person) -> ChatMessage:
    # An id is not a key: somebody else's message, or one of another room, is no answer.
    if known.room_id != room.pk or known.author_id != author.pk:
        raise Refused("bad_data")
    return known


def lock_talk(room: Room) -> Talk:
    """The row that makes one order of everything said in this room."""
    Talk.objects.get_or_create(room=room)
    return Talk.objects.select_for_update(of=("self",)).get(room=room)


def next_seq(talk: Talk) -> int:
    """The number of the next durable word of this room; its row stays locked until commit."""
    Talk.objects.filter(pk=talk.pk).update(seq=F("seq") + 1)
    talk.refresh_from_db(fields=["seq"])
    return talk.seq


@transaction.atomic
def delete_message(*, message: ChatMessage, by: Person, now: datetime) -> bool:
    """From everybody's page; the row stays for whoever looks into a concern. False when it was deleted before."""
    talk = lock_talk(message.room)
    rows = ChatMessage.objects.filter(pk=message.pk, deleted_at__isnull=True)
    if not rows.update(deleted_at=now, deleted_by=by):
        return False
    seq = next_seq(talk)
    ChatMessage.objects.filter(pk=message.pk).update(deleted_seq=seq)
    detail = {"message": str(message.pk), "person": str(message.author_id)}
    _audit("chat.deleted", message.room.lesson, by, detail)
    bell.announce(message.room_id, seq, "chat.deleted", message.pk)
    return True


@transaction.atomic
def set_chat_mode(*, lesson: Lesson, mode: str, by: Person) -> bool:
    """In every room of the lesson, from the next message on. False when it was so before."""
    # One order for whoever locks several: two teachers at once must not wait for each other.
    talks = [lock_talk(room) for room in Room.objects.filter(lesson=lesson).order_by("pk")]
    if not Lesson.objects.filter(pk=lesson.pk).exclude(chat_mode=mode).update(chat_mode=mode):
        return False
    _audit("chat.mode_set", lesson, by, {"mode": str(mode)})
    for talk in talks:
        bell.announce(talk.room_id, next_seq(talk), "chat.mode_set", mode)
    return True


@transaction.atomic
def raise_concern(
    *,
    concern_id: UUID,
    room: Room,
    by: Person,
    sees_all: bool,
    text: str,
    message_id: UUID | None,
    now: datetime,
) -> bool:
    """For the school's contact, and for nobody in the room. The same `concern_id` again is the same one.

    Raises Refused("not_found") for a message that its reporter does not see, Refused("bad_data") for nothing said.
    """
    words = tidy(text)
    if len(words) > LONGEST_WORDS or not (words or message_id):
        raise Refused("bad_data")
    seen = messages_for(room.pk, by.pk, sees_all=sees_all)
    message = seen.filter(pk=message_id).first() if message_id else None
    if message_id and message is None:
        raise Refused("not_found")
    known = Concern.objects.filter(pk=concern_id).first()
    if known is not None:
        if known.by_id != by.pk:
            raise Refused("bad_data")
        return False
    Concern.objects.create(
        pk=concern_id, lesson_id=room.lesson_id, message=message, by=by, text=words, raised_at=now
    )
    _audit("concern.raised", room.lesson, by, {"concern": str(concern_id)})
    enqueue_on_commit("dashboard.tell_concerns")
    return True


@transaction.atomic
def mark_concern_seen(*, concern: Concern, by: Person, now: datetime) -> bool:
    """False when somebody was first."""
    moved = Concern.objects.filter(pk=concern.pk, state=ConcernState.OPEN).update(
        state=ConcernState.SEEN, seen_at=now, seen_by=by
    )
    if moved:
        _audit("concern.seen", concern.lesson, by, {"concern": str(concern.pk)})
    return bool(moved)


def note_concern_told(*, concern: Concern, now: datetime) -> bool:
    return Concern.objects.filter(pk=concern.pk, told_at__isnull=True).update(told_at=now) == 1


def _audit(act: str, lesson: Lesson, by: Person, detail: dict[str, Any]) -> None:
    record_audit(act, institution=lesson.institution, by=by, target=f"lesson:{lesson.pk}", detail=detail)
