"""The first pages in each language, from the catalogs as they are in the clone."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.formats import date_format
from django.utils.translation import override, pgettext, trans_real

from classroom.models import Lesson
from tests.conftest import Cast

ROOT = Path(__file__).resolve().parents[2]
# Language, direction, and the words for: Password, Your lessons.
SPOKEN = [
    ("en", "ltr", "Password", "Your lessons"),
    ("fr", "ltr", "Mot de passe", "Vos leçons"),
    ("es", "ltr", "Contraseña", "Tus clases"),
    ("ar", "rtl", "كلمة المرور", "دروسك"),
    ("ru", "ltr", "Пароль", "Ваши уроки"),
    ("zh-hans", "ltr", "密码", "我的课节"),
    ("de", "ltr", "Passwort", "Ihre Lektionen"),
]


@pytest.fixture(scope="session", autouse=True)
def compiled_catalogs() -> None:
    compiler = [sys.executable, "-m", "babel.messages.frontend", "compile", "-d", "locale", "-D", "django"]
    done = subprocess.run(compiler, cwd=ROOT, capture_output=True, text=True, check=True)
    said = (done.stdout + done.stderr).splitlines()
    assert [line for line in said if not line.startswith("compiling catalog")] == []
    # An earlier test may have looked for a language whose file was not there yet.
    trans_real._translations.clear()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """The words of a page do not wait for the front end to be built."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "direction", "password", "lessons"), SPOKEN)
def test_sign_in_speaks_the_language_of_the_browser(
    client: Client, language: str, direction: str, password: str, lessons: str
) -> None:
    page = client.get("/sign-in", headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}" dir="{direction}"' in page
    assert f"<label>{password}" in page


@pytest.mark.parametrize(("language", "direction", "password", "lessons"), SPOKEN)
def test_the_list_of_lessons_speaks_the_chosen_language(
    client: Client, cast: Cast, lesson: Lesson, language: str, direction: str, password: str, lessons: str
) -> None:
    client.force_login(cast.amina)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get("/lessons").content.decode()
    assert f'<html lang="{language}" dir="{direction}"' in page
    assert f"<h1>{lessons}</h1>" in page
    assert lesson.title in page


def test_a_wrong_password_is_refused_in_the_language_of_the_page(client: Client, cast: Cast) -> None:
    wrong = {"username": cast.amina.email, "password": "not hers"}
    page = client.post("/sign-in", wrong, headers={"accept-language": "fr"}).content.decode()
    assert "Le nom d’utilisateur et le mot de passe ne correspondent pas." in page


def test_a_meter_gets_numbers_that_html_can_read(client: Client, cast: Cast, lesson: Lesson) -> None:
    """German writes 12,5; an attribute must say 12.5."""
    client.force_login(cast.teacher)
    page = client.get(f"/lessons/{lesson.pk}/register", headers={"accept-language": "de"}).content.decode()
    assert "<meter" in page and 'value="0.0"' in page
    assert 'value="0,0"' not in page


def test_on_and_from_are_different_words_where_they_mean_different_things() -> None:
    with override("de"):
        assert pgettext("state of a webhook", "On") == "Ein"
        assert pgettext("what a legal hold keeps", "On") == "Betrifft"
        assert pgettext("time of day", "From") == "Ab"
        assert pgettext("first day", "From") == "Von"


@pytest.mark.parametrize("language", [one[0] for one in SPOKEN])
def test_a_moment_is_written_with_24_hours_and_never_with_the_month_first(language: str) -> None:
    moment = datetime(2026, 11, 22, 14, 58, tzinfo=UTC)
    with override(language):
        long, short = (date_format(moment, f"{form}DATETIME_FORMAT") for form in ("", "SHORT_"))
        month = date_format(moment, "F")
    assert long.endswith("14:58")
    assert short.endswith("14:58")
    assert month not in long or long.index("22") < long.index(month)
    assert "11/22" not in short.replace("\u200f", "")
