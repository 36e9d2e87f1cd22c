"""Whatever any test hears stands in the vocabulary of its socket, with a number or without, and has its shape."""

from __future__ import annotations

from typing import Any

from common.sockets.words import Vocabulary
from config.sockets import SOCKETS, VOCABULARY

_PREFIXES = {address.split("<")[0]: name for name, (address, _) in SOCKETS.items()}


def vocabulary_at(path: str) -> Vocabulary:
    """Of the socket behind this address; KeyError for none."""
    address = path.removeprefix("/").partition("?")[0]
    return VOCABULARY[_PREFIXES[address if address in _PREFIXES else f"{address.rsplit('/', 2)[0]}/"]]


def look_up(message: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The message as it came."""
    type_ = message["type"]
    assert type_ in vocabulary.facts, f"{type_} is not in the socket's vocabulary"
    assert ("seq" in message) == (type_ in vocabulary.numbered), f"{type_}: with a seq, or without?"
    vocabulary.check(type_, message["data"])
    for inner in (message["data"].get("edits"), message["data"].get("facts")):
        for one in inner or []:  # what was missed, in its own envelopes
            vocabulary.check(one["type"], one["data"])
    return message
