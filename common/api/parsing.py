"""Strict JSON: what no careful client sends is refused before anything looks at it."""

from __future__ import annotations

import json
import re
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

DEEPEST = 32
LARGEST = 2**63 - 1
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class StrictJSONParser(BaseParser):
    """No NaN, no NUL, no lone surrogate, no name twice, no number beyond 64 bits, at most 32 levels."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        return parse_json(stream.read())


def parse_json(body: bytes) -> Any:
    """Raises ParseError with a sentence that says what is wrong."""
    try:
        text = body.decode()
        _check_depth(text)
        read = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_small_integer,
            parse_float=_finite,
            object_pairs_hook=_names_once,
        )
    except (ValueError, RecursionError) as error:
        raise ParseError("The body is not valid JSON.") from error
    _check_texts(read)
    return read


def _check_depth(text: str) -> None:
    # Before the parser, which would recurse. Brackets inside of strings do not count.
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ParseError(f"At most {DEEPEST} levels of JSON are understood.")


def _refuse_constant(word: str) -> Any:
    raise ParseError(f"{word} is not JSON.")


def _small_integer(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > LARGEST:
        raise ParseError("Numbers have at most 64 bits.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ParseError("Numbers have at most 64 bits.")
    return number


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ParseError("A name stands twice in one object.")
    return read


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, list):
        for one in value:
            _check_texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            check_text(name)
            _check_texts(one)


def check_text(text: str) -> None:
    """PostgreSQL keeps neither; a query with one would end as a server error."""
    if "\x00" in text:
        raise ParseError("NUL characters are not allowed.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ParseError("The text is not valid Unicode.")
