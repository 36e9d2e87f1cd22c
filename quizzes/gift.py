"""Moodle's text format for questions, GIFT: read and written, as far as our kinds of questions go. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from common.sheets import Finding
from quizzes import tally
from quizzes.draft import USUAL_SECONDS, Draft, clean_tags, faults_of, read_number

GAP = "_____"
MAX_QUESTIONS = 1000
# A backslash makes one of these an ordinary letter; while we read, they hide behind letters of nobody's.
_SPECIAL = "~=#{}:"
_HIDDEN = {sign: chr(0xFDD0 + number) for number, sign in enumerate(f"{_SPECIAL}>")}
_SHOWN = str.maketrans({hidden: sign for sign, hidden in _HIDDEN.items()})
_UNESCAPED = {**_HIDDEN, "n": "\n", "\\": "\\"}
_COMMENT = re.compile(r"^\s*//")
# Ours: GIFT has no word for it, and to Moodle it is a comment.
_SECONDS = re.compile(r"^\s*//\s*seconds:\s*([0-9]{1,9})\s*$", re.IGNORECASE)
_CATEGORY = re.compile(r"^\s*\$CATEGORY:(.*)$", re.IGNORECASE)
_TITLE = re.compile(r"^\s*::.*?::", re.DOTALL)
_FORMAT = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"^%(-?\d+(?:\.\d+)?)%")
_TAG = re.compile(r"\[tag:((?:\\.|[^\]\\])+)\]")
_BLOCK_ELEMENT = re.compile(r"</?(?:p|div|br|li|ul|ol|tr|h[1-6])\b[^>]*>", re.IGNORECASE)
_ELEMENT = re.compile(r"</?[a-z!][^>]*>", re.IGNORECASE)
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
    for line, block, category, comments in _blocks(text):
        try:
            draft = _read_block(block)
        except _Unreadable as error:
            findings.append(Finding(line, "", str(error), block.strip()[:60]))
            continue
        draft.tags = category + [tag for comment in comments for tag in _tags_in(comment)]
        draft.seconds = _seconds_in(comments)
        findings += [Finding(line, field, code) for field, code in faults_of(draft)]
        drafts.append((line, draft))
    if not drafts and not findings:
        findings.append(Finding(0, "", "empty"))
    if len(drafts) > MAX_QUESTIONS:
        findings.append(Finding(0, "", "too_many_questions", str(len(drafts))))
    return drafts, findings


def _blocks(text: str) -> Iterator[tuple[int, str, list[str], list[str]]]:
    """Questions, which empty lines separate, each with its first line's number, its category and its comments."""
    category: list[str] = []
    comments: list[str] = []
    lines: list[str] = []
    first = 1
    for number, line in enumerate([*re.split(r"\r\n|\r|\n", text), ""], start=1):
        if found := _CATEGORY.match(line):
            category = [found[1].strip().split("/")[-1]][: bool(found[1].strip())]
        elif _COMMENT.match(line):
            comments.append(line)
        elif line.strip():
            first = first if lines else number
            lines.append(line)
        else:
            if lines:
                yield first, "\n".join(lines), category, comments
            comments, lines = [], []


def _tags_in(comment: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", tag) for tag in _TAG.findall(comment)]


def _seconds_in(comments: list[str]) -> int:
    said = [int(found[1]) for found in map(_SECONDS.match, comments) if found]
    return said[-1] if said else USUAL_SECONDS


def _read_block(block: str) -> Draft:
    text = _TITLE.sub("", _hide(block), count=1)
    form = _form_of(text, "moodle")
    text = _FORMAT.sub("", text, count=1)
    bodies = _BODY.findall(text)
    if len(bodies) != 1 or text.count("{") != 1 or text.count("}") != 1:
        raise _Unreadable("gift_braces")
    before, after = (part.strip() for part in _BODY.split(text)[::2])
    asked = f"{before} {GAP} {after}" if after else before
    body, _, general = bodies[0].partition("####")
    draft = _read_body(body.strip(), form)
    draft.text, draft.explanation = _plain(asked, form), _show(general, form)
    return draft


def _hide(text: str) -> str:
    """A backslash before what needs none is an ordinary letter, as in Moodle."""
    return re.sub(r"\\(.)", lambda found: _UNESCAPED.get(found[1], found[0]), text)


def _form_of(text: str, otherwise: str) -> str:
    found = _FORMAT.match(text)
    return found[1].lower() if found else otherwise


def _show(text: str, form: str) -> str:
    """Each answer may say its own form; else it is written like the question."""
    return _plain(_FORMAT.sub("", text, count=1), _form_of(text, form))


def _plain(text: str, form: str) -> str:
    shown = text.translate(_SHOWN)
    if form == "html":
        lines = html.unescape(_ELEMENT.sub("", _BLOCK_ELEMENT.sub("\n", shown))).split("\n")
        shown = "\n".join(" ".join(line.split()) for line in lines if line.strip())
    return shown.strip()


def _read_body(body: str, form: str) -> Draft:
    if not body:
        raise _Unreadable("gift_essay")
    truth = _TRUTHS.get(body.partition("#")[0].strip().casefold())
    if truth is not None:
        return Draft(tally.TRUE_FALSE, "", is_true=truth)
    if body.startswith("#"):
        return _read_number(body[1:].strip())
    answers = list(_answers(body, form))
    if not answers:
        raise _Unreadable("gift_answers")
    if "->" in body and all(right for right, _, _ in answers):
        raise _Unreadable("gift_matching")
    return _read_answers(answers)


def _answers(body: str, form: str = "plain") -> Iterator[Answer]:
    for sign, text in re.findall(r"([=~])([^=~]*)", body):
        said = text.partition("#")[0].strip()
        weight = _WEIGHT.match(said)
        yield (
            sign == "=",
            float(weight[1]) if weight else None,
            _show(said[weight.end() :] if weight else said, form),
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
    return "".join(
        f"{_comments_of(draft)}{_escape(draft.text)} {{{_body_of(draft)}}}\n\n" for draft in drafts
    )


def _comments_of(draft: Draft) -> str:
    return _tags_of(draft) + (f"// seconds: {draft.seconds}\n" if draft.seconds != USUAL_SECONDS else "")


def _tags_of(draft: Draft) -> str:
    tags = (re.sub(r"([\\\]])", r"\\\1", tag) for tag in clean_tags(draft.tags))
    said = " ".join(f"[tag:{tag}]" for tag in tags)
    return f"// {said}\n" if said else ""


def _escape(text: str) -> str:
    """On one line, because an empty one would end the question; with its form where it would be taken for one, or
    for a comment."""
    plain = re.sub(r"\r\n|\r", "\n", text.strip())
    escaped = re.sub(rf"([\\{_SPECIAL}])", r"\\\1", plain).replace("\n", "\\n")
    return f"[plain]{escaped}" if plain.startswith(("[", "//")) else escaped


def _body_of(draft: Draft) -> str:
    why = f"\n####{_escape(draft.explanation)}" if draft.explanation else ""
    if draft.kind == tally.TRUE_FALSE:
        return ("TRUE" if draft.is_true else "FALSE") + why
    if draft.kind == tally.NUMERIC:
        return f"#{draft.number or 0!r}:{draft.tolerance!r}{why}"
    if draft.kind == tally.SHORT_TEXT:
        # All of them right, an arrow would make them pairs to be matched.
        variants = (_answer("=", one, "%100%").replace("->", "-\\>") for one in draft.variants)
        return "".join(variants) + why + "\n"
    right = sum(is_right for _, is_right in draft.choices)
    lines = (
        _answer(_mark(draft.kind, is_right, right), text, "%100%" if is_right else "%0%")
        for text, is_right in draft.choices
    )
    return "".join(lines) + why + "\n"


def _answer(mark: str, text: str, weight: str) -> str:
    """With its weight where the text begins like one."""
    said = _escape(text)
    needs_weight = len(mark) == 1 and _WEIGHT.match(said)
    return f"\n{mark}{weight if needs_weight else ''}{said}"


def _mark(kind: str, is_right: bool, right: int) -> str:
    if kind == tally.SINGLE:
        return "=" if is_right else "~"
    if kind == tally.OPINION:
        return "~%0%"
    return f"~%{tally.show_number(round(100 / right, 5))}%" if is_right else "~%-100%"
