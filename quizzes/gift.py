"""Moodle's text format for questions, GIFT: read and written, as far as our kinds of questions go. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from common.sheets import Finding
from quizzes import tally
from quizzes.draft import Draft, faults_of, read_number

GAP = "_____"
MAX_QUESTIONS = 1000
# A backslash makes one of these an ordinary letter; while we read, they hide behind letters of nobody's.
_SPECIAL = "~=#{}:"
_HIDDEN = {sign: chr(0xE000 + number) for number, sign in enumerate(_SPECIAL)}
_SHOWN = {hidden: sign for sign, hidden in _HIDDEN.items()}
_COMMENT = re.compile(r"^\s*//")
_CATEGORY = re.compile(r"^\s*\$CATEGORY:(.*)$", re.IGNORECASE)
_TITLE = re.compile(r"^\s*::.*?::", re.DOTALL)
_FORMAT = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"^%(-?\d+(?:\.\d+)?)%")
_BODY = re.compile(r"\{(.*?)\}", re.DOTALL)
_TRUTHS = {"t": True, "true": True, "f": False, "false": False}

Answer = tuple[bool, float | None, str]  # whether marked as right, its weight if one is said, its text


class _Unreadable(ValueError):
    """The code says why."""


def read_questions(data: bytes) -> tuple[list[tuple[int, Draft]], list[Finding]]:
    """Drafts with the lines they begin in, and everything that is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [Finding(data[: error.start].count(b"\n") + 1, "", "not_utf8")]
    drafts: list[tuple[int, Draft]] = []
    findings: list[Finding] = []
    for line, block, tags in _blocks(text):
        try:
            draft = _read_block(block, tags)
        except _Unreadable as error:
            findings.append(Finding(line, "", str(error), block.strip()[:60]))
            continue
        findings += [Finding(line, field, code) for field, code in faults_of(draft)]
        drafts.append((line, draft))
    if not drafts and not findings:
        findings.append(Finding(0, "", "empty"))
    if len(drafts) > MAX_QUESTIONS:
        findings.append(Finding(0, "", "too_many_questions", str(len(drafts))))
    return drafts, findings


def _blocks(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Questions, which empty lines separate, each with its first line's number and the category it is in."""
    tags: list[str] = []
    lines: list[str] = []
    first = 1
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        category = _CATEGORY.match(line)
        if category:
            tags = [category[1].strip().split("/")[-1]][: bool(category[1].strip())]
        elif line.strip() and not _COMMENT.match(line):
            first = first if lines else number
            lines.append(line)
        elif not line.strip() and lines:
            yield first, "\n".join(lines), tags
            lines = []


def _read_block(block: str, tags: list[str]) -> Draft:
    text = _hide(block)
    text = _FORMAT.sub("", _TITLE.sub("", text, count=1), count=1)
    bodies = _BODY.findall(text)
    if len(bodies) != 1 or text.count("{") != 1 or text.count("}") != 1:
        raise _Unreadable("gift_braces")
    before, after = (part.strip() for part in _BODY.split(text)[::2])
    asked = f"{before} {GAP} {after}" if after else before
    body, _, general = bodies[0].partition("####")
    draft = _read_body(body.strip())
    draft.text, draft.explanation, draft.tags = _show(asked), _show(general), list(tags)
    return draft


def _hide(text: str) -> str:
    text = text.replace("\\n", "\n")
    for sign, hidden in _HIDDEN.items():
        text = text.replace(f"\\{sign}", hidden)
    return text


def _show(text: str) -> str:
    for hidden, sign in _SHOWN.items():
        text = text.replace(hidden, sign)
    return text.strip()


def _read_body(body: str) -> Draft:
    if not body:
        raise _Unreadable("gift_essay")
    truth = _TRUTHS.get(body.partition("#")[0].strip().casefold())
    if truth is not None:
        return Draft(tally.TRUE_FALSE, "", is_true=truth)
    if body.startswith("#"):
        return _read_number(body[1:].strip())
    answers = list(_answers(body))
    if not answers:
        raise _Unreadable("gift_answers")
    if any("->" in text for _, _, text in answers):
        raise _Unreadable("gift_matching")
    return _read_answers(answers)


def _answers(body: str) -> Iterator[Answer]:
    for sign, text in re.findall(r"([=~])([^=~]*)", body):
        said = text.partition("#")[0].strip()
        weight = _WEIGHT.match(said)
        yield (
            sign == "=",
            float(weight[1]) if weight else None,
            _show(said[weight.end() :] if weight else said),
        )


def _read_answers(answers: list[Answer]) -> Draft:
    if all(right for right, _, _ in answers):
        return Draft(
            tally.SHORT_TEXT, "", variants=[text for _, weight, text in answers if weight in {None, 100}]
        )
    if any(right for right, _, _ in answers):
        return Draft(tally.SINGLE, "", choices=[(text, right) for right, _, text in answers])
    choices = [(text, (weight or 0) > 0) for _, weight, text in answers]
    asked = any(right for _, right in choices)
    return Draft(tally.MULTIPLE if asked else tally.OPINION, "", choices=choices)


def _read_number(body: str) -> Draft:
    """`3`, `3:0.5` or `2..4`; of several answers the first that is wholly right."""
    if body.startswith("="):
        whole = [text for _, weight, text in _answers(body) if weight in {None, 100}]
        body = whole[0] if whole else ""
    body = body.partition("#")[0].strip()
    low, is_range, high = body.partition("..")
    centre, _, spread = body.partition(":")
    if is_range:
        least, most = read_number(low), read_number(high)
        if least is None or most is None or least > most:
            raise _Unreadable("not_a_number")
        return Draft(tally.NUMERIC, "", number=(least + most) / 2, tolerance=(most - least) / 2)
    number, tolerance = read_number(centre), read_number(spread) if spread else 0.0
    if number is None or tolerance is None:
        raise _Unreadable("not_a_number")
    return Draft(tally.NUMERIC, "", number=number, tolerance=tolerance)


def write_questions(drafts: Iterable[Draft]) -> str:
    return "".join(f"{_escape(draft.text)} {{{_body_of(draft)}}}\n\n" for draft in drafts)


def _escape(text: str) -> str:
    for sign in _SPECIAL:
        text = text.replace(sign, f"\\{sign}")
    # An empty line would end the question, and two slashes would hide the line.
    return re.sub(r"\s*\n\s*", r"\\n", text.strip()).replace("//", "/ /")


def _body_of(draft: Draft) -> str:
    why = f"\n####{_escape(draft.explanation)}" if draft.explanation else ""
    if draft.kind == tally.TRUE_FALSE:
        return ("TRUE" if draft.is_true else "FALSE") + why
    if draft.kind == tally.NUMERIC:
        return f"#{tally.show_number(draft.number or 0)}:{tally.show_number(draft.tolerance)}{why}"
    if draft.kind == tally.SHORT_TEXT:
        return "".join(f"\n={_escape(one)}" for one in draft.variants) + why + "\n"
    right = sum(is_right for _, is_right in draft.choices)
    lines = (f"\n{_mark(draft.kind, is_right, right)}{_escape(text)}" for text, is_right in draft.choices)
    return "".join(lines) + why + "\n"


def _mark(kind: str, is_right: bool, right: int) -> str:
    if kind == tally.SINGLE:
        return "=" if is_right else "~"
    if kind == tally.OPINION:
        return "~%0%"
    return f"~%{tally.show_number(round(100 / right, 5))}%" if is_right else "~%-100%"
