"""One list of all that is said on sockets, and a page for people that names the same words and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import msgspec.inspect
import pytest
from django.conf import settings

from common.sockets.consumer import WireConsumer
from common.sockets.told import NothingTold, Told
from common.sockets.words import Vocabulary
from config.sockets import SOCKETS, VOCABULARY

PAGE = (settings.BASE_DIR / "docs" / "wire.md").read_text()
SECTIONS = {
    part.split("`")[1].split("?")[0]: part for part in re.split(r"^## ", PAGE, flags=re.M) if "`/ws/" in part
}
APPS = ("classroom", "quizzes", "whiteboard", "attendance", "recordings", "common")
ALL = {word for vocabulary in VOCABULARY.values() for word in vocabulary}


def section_of(name: str) -> str:
    address = re.sub(r"<uuid:(\w+)_id>", r"<\1 id>", "/" + SOCKETS[name][0])
    return SECTIONS[address]


def tables(section: str, title: str) -> list[list[str]]:
    """The cells of each row of the table below this title."""
    below = section.split(f"### {title}\n")[1].split("\n### ")[0]
    rows = [line.strip("|").split(" | ") for line in below.splitlines() if line.startswith("| `")]
    assert rows, f"no table below {title}"
    return rows


def words_in(cell: str) -> list[str]:
    """`breakouts.opened` `.noted` are two words of one kind."""
    found: list[str] = []
    for word in re.findall(r"`([a-z_]*\.[a-z_]+)`", cell):
        found.append(word if word[0] != "." else found[-1].split(".")[0] + word)
    return found


@pytest.mark.parametrize("name", SOCKETS)
def test_the_page_names_every_fact_with_its_number_and_no_other(name: str) -> None:
    told = {
        word: cells[1].strip() == "yes"
        for cells in tables(section_of(name), "Server → client")
        for word in words_in(cells[0])
    }
    vocabulary = VOCABULARY[name]
    assert told == {word: word in vocabulary.numbered for word in vocabulary.facts.keys() - {"error"}}


@pytest.mark.parametrize("name", SOCKETS)
def test_the_page_names_every_command_and_no_other(name: str) -> None:
    told = [word for cells in tables(section_of(name), "Client → server") for word in words_in(cells[0])]
    assert sorted(told) == sorted(VOCABULARY[name].commands)


def test_no_word_stands_anywhere_on_the_page_that_nobody_says() -> None:
    nouns = {word.split(".")[0] for word in ALL} - {"error"}
    said = {word for word in re.findall(r"`([a-z_]+\.[a-z_]+)`", PAGE) if word.split(".")[0] in nouns}
    assert said - ALL == set()


def test_every_socket_of_the_house_is_in_the_list() -> None:
    served = {consumer for _, consumer in SOCKETS.values()}
    ours = {one for one in descendants(WireConsumer) if not one.__module__.startswith("tests.")}
    assert {one for one in ours if one.words.commands and not descendants(one) & ours} == served
    assert SECTIONS.keys() == {section.split("`")[1].split("?")[0] for section in map(section_of, SOCKETS)}


def descendants(cls: type[WireConsumer]) -> set[type[WireConsumer]]:
    return {cls_ for one in cls.__subclasses__() for cls_ in (one, *descendants(one))}


def test_every_command_has_somebody_who_hears_it() -> None:
    for name, (_, consumer) in SOCKETS.items():
        for word in VOCABULARY[name].commands:
            method = "on_" + word.replace(".", "_")
            assert hasattr(consumer(), method), f"{consumer.__name__} has no {method}"


def test_whatever_is_put_into_an_envelope_is_in_the_list() -> None:
    """Literals alone; what is put together while it runs is looked up by every test that hears it."""
    files = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")]
    said = {word: path for path in files for word in put_into_envelopes(path)}
    assert len(said) > 40
    assert {word: path for word, path in said.items() if word not in ALL} == {}


def put_into_envelopes(path: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "envelope" and call.args
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    ]


def test_a_vocabulary_contradicts_itself_nowhere() -> None:
    with pytest.raises(ValueError, match="numbered or passing"):
        Vocabulary({}, numbered={"a.said": NothingTold}, passing={"a.said": NothingTold})
    with pytest.raises(ValueError, match="numbered or passing"):
        Vocabulary({}, snapshots=frozenset({"a.said"}), passing={"a.said": NothingTold})
    with pytest.raises(ValueError, match="imperative"):
        Vocabulary({"a.said": None}, passing={"a.said": NothingTold})


def parts_of(shape: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs that a shape is made of, itself among them."""
    kinds = [msgspec.inspect.type_info(shape)]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, msgspec.inspect.StructType):
            yield kind.cls
            kinds += [field.type for field in kind.fields]
        elif isinstance(kind, msgspec.inspect.UnionType):
            kinds += kind.types
        elif isinstance(kind, msgspec.inspect.ListType):
            kinds.append(kind.item_type)
        elif isinstance(kind, msgspec.inspect.DictType):
            kinds.append(kind.value_type)


@pytest.mark.parametrize("name", VOCABULARY)
def test_no_fact_may_say_more_than_its_shape(name: str) -> None:
    for word, shape in VOCABULARY[name].facts.items():
        for part in parts_of(shape):
            assert issubclass(part, Told) and part.__struct_config__.forbid_unknown_fields, (word, part)


@pytest.mark.parametrize(
    ("word", "data"),
    [
        ("participant.left", {"occupant": "nobody"}),
        ("participant.left", {}),
        ("participant.left", {"occupant": "7f5b8f5e-6d5b-4b43-8f0a-0d2f6f9f2b11", "why": "tired"}),
        ("recording.changed", {"state": "sleeping"}),
        ("breakouts.opened", {"breakouts": {"rooms": []}}),
    ],
)
def test_a_fact_of_another_shape_is_found_out(word: str, data: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        VOCABULARY["room"].check(word, data)


def test_a_fact_that_nobody_listed_is_found_out() -> None:
    with pytest.raises(KeyError):
        VOCABULARY["room"].check("participant.slept", {})
