"""The talk socket's words (docs/wire.md), and what each viewer is told of what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from classroom.models import STAFF, ChatMessage, Hand, Standing
from classroom.talk.told import NUMBERED, PASSING
from common.clock import to_ms
from common.sockets.wire import envelope
from common.sockets.words import Vocabulary

LONGEST_FRAME_TEXT = 4000  # before it is tidied; then at most `LONGEST_WORDS`
Words = Annotated[str, msgspec.Meta(max_length=LONGEST_FRAME_TEXT)]
Seq = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class ChatSend(msgspec.Struct, forbid_unknown_fields=True):
    text: Words


class ChatDelete(msgspec.Struct, forbid_unknown_fields=True):
    message: UUID


class ChatSetMode(msgspec.Struct, forbid_unknown_fields=True):
    mode: Literal["open", "questions", "closed"]


class ChatEarlier(msgspec.Struct, forbid_unknown_fields=True):
    before: Seq


class ConcernRaise(msgspec.Struct, forbid_unknown_fields=True):
    text: Words = ""
    message: UUID | None = None


class HandChoice(msgspec.Struct, forbid_unknown_fields=True):
    hand: UUID


class HandCall(msgspec.Struct, forbid_unknown_fields=True):
    """The one who waits longest, without `hand`."""

    hand: UUID | None = None


class ReactionSend(msgspec.Struct, forbid_unknown_fields=True):
    reaction: Literal["clap", "thumbs_up", "heart", "laugh", "surprised", "celebrate"]


class PulseSet(msgspec.Struct, forbid_unknown_fields=True):
    pulse: Literal["too_fast", "too_slow", "got_it", "none"]


SHAPES: dict[str, Any] = {
    "chat.send": ChatSend,
    "chat.delete": ChatDelete,
    "chat.set_mode": ChatSetMode,
    "chat.earlier": ChatEarlier,
    "concern.raise": ConcernRaise,
    "hand.raise": Nothing,
    "hand.lower": Nothing,
    "hand.dismiss": HandChoice,
    "hand.lower_all": Nothing,
    "hand.call": HandCall,
    "reaction.send": ReactionSend,
    "pulse.set": PulseSet,
    "talk.ping": Nothing,
}
WORDS = Vocabulary(
    SHAPES,
    snapshots=frozenset({"talk.opened", "talk.resumed"}),
    numbered=NUMBERED,
    passing=PASSING,
)
REACTIONS = frozenset(("clap", "thumbs_up", "heart", "laugh", "surprised", "celebrate"))


@dataclass(frozen=True, slots=True)
class Viewer:
    person: str
    standing: Standing

    @property
    def is_staff(self) -> bool:
        return self.standing in STAFF

    @property
    def sees_all(self) -> bool:
        """Whoever holds the lesson, and the head who looks on."""
        return self.is_staff or self.standing == Standing.OBSERVER

    @property
    def raises_hands(self) -> bool:
        return self.standing in {Standing.STUDENT, Standing.GUEST}

    @property
    def writes(self) -> bool:
        return self.is_staff or self.raises_hands

    def may_read(self, message: ChatMessage) -> bool:
        return self.sees_all or not message.to_staff or str(message.author_id) == self.person


@dataclass(frozen=True, slots=True)
class Lifted:
    """The hands that are up, in the order in which they went up."""

    hands: Sequence[Hand]

    def show(self, viewer: Viewer) -> dict[str, Any]:
        """Only who holds the lesson learns whose; everybody else their own, and its place."""
        mine = None
        for place, hand in enumerate(self.hands, start=1):
            if str(hand.person_id) == viewer.person:
                mine = {"hand": str(hand.pk), "raised_at": to_ms(hand.raised_at), "place": place}
        queue = [show_hand(hand) for hand in self.hands] if viewer.sees_all else None
        return {"mine": mine, "queue": queue}


def show_hand(hand: Hand) -> dict[str, Any]:
    return {
        "hand": str(hand.pk),
        "person": str(hand.person_id),
        "name": hand.person.name,
        "standing": hand.standing,
        "raised_at": to_ms(hand.raised_at),
    }


def show_message(message: ChatMessage) -> dict[str, Any]:
    is_deleted = message.deleted_at is not None
    return {
        "id": str(message.pk),
        "seq": message.seq,
        "author": str(message.author_id),
        "name": message.name,
        "standing": message.standing,
        "text": "" if is_deleted else message.text,
        "sent_at": to_ms(message.sent_at),
        "to_staff": message.to_staff,
        "deleted": is_deleted,
    }


@dataclass(frozen=True, slots=True)
class Opening:
    """What somebody finds who comes: all there is, or what came since `since`."""

    seq: int
    mode: str
    messages: Sequence[ChatMessage]
    more: bool
    is_rest: bool
    deleted: Sequence[UUID]
    lifted: Lifted
    pulse: str | None
    pulses: Mapping[str, int] | None

    def show(self, viewer: Viewer, *, server_at: int) -> dict[str, Any]:
        data = {
            "you": {"person": viewer.person, "standing": viewer.standing},
            "mode": self.mode,
            "messages": [show_message(one) for one in self.messages],
            "hands": self.lifted.show(viewer),
            "pulse": self.pulse,
            "pulses": self.pulses,
            "server_at": server_at,
        }
        if self.is_rest:
            told = {**data, "deleted": [str(one) for one in self.deleted]}
            return envelope("talk.resumed", told, seq=self.seq)
        return envelope("talk.opened", {**data, "more": self.more}, seq=self.seq)


def chat_sent(message: ChatMessage, viewer: Viewer, seq: int) -> dict[str, Any]:
    """`seq` may be a later one: to who says the same again it is said again."""
    if not viewer.may_read(message):
        return hidden(seq)
    ref = str(message.pk) if str(message.author_id) == viewer.person else None
    return envelope("chat.sent", show_message(message), seq=seq, ref=ref)


def chat_deleted(message: ChatMessage, viewer: Viewer, seq: int) -> dict[str, Any]:
    if not viewer.may_read(message):
        return hidden(seq)
    return envelope("chat.deleted", {"message": str(message.pk)}, seq=seq)


def chat_mode_set(mode: str, seq: int) -> dict[str, Any]:
    return envelope("chat.mode_set", {"mode": mode}, seq=seq)


def hidden(seq: int) -> dict[str, Any]:
    """Something that is not for this viewer; its number must not be missing."""
    return envelope("talk.hidden", {}, seq=seq)


def chat_found(messages: Sequence[ChatMessage], *, more: bool, ref: str | None) -> dict[str, Any]:
    told = {"messages": [show_message(one) for one in messages], "more": more}
    return envelope("chat.found", told, ref=ref)


def hand_called(hand: Hand) -> dict[str, Any]:
    told = {"hand": str(hand.pk), "person": str(hand.person_id), "name": hand.person.name}
    return envelope("hand.called", told)
