"""Collect every sentence of the source into `locale/<language>/LC_MESSAGES/django.po`; translations stay.

What Django's `makemessages` does, without GNU gettext: templates become pseudo-Python, Babel reads the rest.
Neither dates nor line numbers are written, so that a catalog changes only when a sentence does.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("ar", "de", "es", "fr", "ru", "zh_Hans")
NOT_SHOWN = {"tests", "scripts"}
_PLURAL, _CONTEXT, _CONTEXT_PLURAL = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS: dict[str, Any] = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": _PLURAL,
    "pgettext_lazy": _CONTEXT,
    "npgettext_lazy": _CONTEXT_PLURAL,
}
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def main() -> int:
    for language in LANGUAGES:
        catalog = updated_catalog(language)
        file = catalog_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(as_text(language, catalog), encoding="utf-8")
        open_ones = sum(1 for message in catalog if message.id and not is_translated(message.string))
        print(f"  {language:<8} {len(catalog)} sentences, {open_ones} to translate")
    return 0


def catalog_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def committed_catalog(language: str) -> Catalog:
    file = catalog_file(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def updated_catalog(language: str) -> Catalog:
    catalog = committed_catalog(language)
    catalog.update(source_catalog(), no_fuzzy_matching=True)
    return catalog


def source_catalog() -> Catalog:
    """Every sentence of the source, in the order of the files' names."""
    catalog = Catalog()
    for file in source_files():
        place = file.relative_to(ROOT).as_posix()
        found = extract("python", _as_python(file), keywords=KEYWORDS, comment_tags=("Translators:",))
        for _line, sentence, comments, context in found:
            catalog.add(sentence, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalog


def source_files() -> list[Path]:
    packages = [init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name not in NOT_SHOWN]
    return sorted(file for package in packages for file in _speaking_files(package))


def _speaking_files(package: Path) -> Iterator[Path]:
    yield from (file for file in package.rglob("*.py") if "migrations" not in file.parts)
    yield from package.glob("templates/**/*.html")


def _as_python(file: Path) -> io.BytesIO:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".html":
        # Of a template only the calls are Python: indentation and rare blanks would end the reading.
        text = re.sub(r"^[^\S\n]+", "", templatize(text, origin=str(file)), flags=re.MULTILINE)
        text = re.sub(r"[^\S\n]", " ", text)
    return io.BytesIO(text.encode())


def is_translated(string: object) -> bool:
    """Also each plural form."""
    forms = string if isinstance(string, list | tuple) else [string]
    return all(forms)


def as_text(language: str, catalog: Catalog) -> str:
    out = io.BytesIO()
    write_po(out, catalog, width=100, omit_header=True, ignore_obsolete=True, include_lineno=False)
    header = HEADER.format(language=language, plural_forms=catalog.plural_forms.rstrip(";") + ";")
    return header + out.getvalue().decode().strip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
