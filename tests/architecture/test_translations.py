"""The catalogs under `locale/` keep step with the source; `make translations` brings them there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.utils.translation import to_locale

from scripts.extract_messages import LANGUAGES, committed_catalog, is_translated, source_catalog
from tests.architecture.test_house import ROOT, product_files

# A sentence may come before its translations and is English until then; most must not.
LEAST_SHARE = 0.9
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|%%")
catalog_of = cache(committed_catalog)
sentences = cache(source_catalog)


def test_each_language_that_one_may_choose_has_a_catalog() -> None:
    chosen = {to_locale(code) for code, _name in settings.LANGUAGES} - {"en"}
    assert chosen == set(LANGUAGES)


@pytest.mark.deep
def test_python_and_templates_are_both_read() -> None:
    source = sentences()
    assert source.get("Sign in") and source.get("That did not work.")
    assert source.get("Recording", "state") and source.get("Left", "register")
    times = source.get("%(times)s time")
    assert times and times.pluralizable
    assert _places(times) == {"dashboard/templates/dashboard/register.html"}


@pytest.mark.deep
def test_no_sentence_hides_in_a_formatted_string() -> None:
    """Whoever extracts sentences does not look there: it would be English in every language."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in product_files()
        for formatted in ast.walk(ast.parse(path.read_text()))
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in TRANSLATORS
    ]
    assert hidden == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_in_the_catalog(language: str) -> None:
    missing = _keys(sentences()) - _keys(catalog_of(language))
    assert not missing, "run `make translations`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    wrong = [(message.id, form) for message, form in _wrong_forms(catalog_of(language))]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_is_translated(language: str) -> None:
    wanted = _keys(sentences())
    done = {_key(message) for message in catalog_of(language) if is_translated(message.string)} & wanted
    share = len(done) / len(wanted)
    print(f"{language}: {len(done)} of {len(wanted)} sentences, {share:.1%}")
    assert share >= LEAST_SHARE, sorted(str(sentence) for _, sentence in wanted - done)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_doubtful(language: str) -> None:
    """A compiler leaves fuzzy sentences out, without a word."""
    assert [message.id for message in catalog_of(language) if message.fuzzy] == []


@pytest.mark.parametrize(("language", "forms"), [("ar", 6), ("ru", 3), ("de", 2), ("zh_Hans", 1)])
def test_plural_forms_are_those_of_the_language(language: str, forms: int) -> None:
    catalog = catalog_of(language)
    counted = [message for message in catalog if message.pluralizable and is_translated(message.string)]
    assert catalog.num_plurals == forms
    assert counted and all(len(_forms(message.string)) == forms for message in counted)


def _wrong_forms(catalog: Catalog) -> list[tuple[Message, str]]:
    """A form for one or two may leave its number out; every other says what the source says."""
    wrong = []
    for message in catalog:
        for form in _forms(message.string):
            said, allowed = _placeholders(form), _placeholders(_forms(message.id)[-1])
            kept = said <= allowed if message.pluralizable else said == allowed
            if message.id and form and not kept:
                wrong.append((message, form))
        if message.pluralizable and is_translated(message.string):
            last = _forms(message.string)[-1]
            if _placeholders(last) != _placeholders(_forms(message.id)[-1]):
                wrong.append((message, last))
    return wrong


def _forms(sentence: object) -> list[str]:
    return [str(form) for form in sentence] if isinstance(sentence, list | tuple) else [str(sentence or "")]


def _placeholders(form: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(form))


def _keys(catalog: Catalog) -> set[tuple[str | None, object]]:
    return {_key(message) for message in catalog if message.id}


def _key(message: Message) -> tuple[str | None, object]:
    sentence = message.id
    return message.context, tuple(sentence) if isinstance(sentence, list) else sentence


def _places(message: Message) -> set[str]:
    return {place for place, _line in message.locations}
