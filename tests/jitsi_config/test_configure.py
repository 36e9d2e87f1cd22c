"""`configure`: writes what is missing, keeps what is there, refuses what is weak, and shows no secret."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.jitsi_config.conftest import SAID
from tests.jitsi_config.stack import FOLDER, configure, env_of

SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "JITSI_APP_SECRET", "TURN_SECRET")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a certificate, as a school has one."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "fullchain.pem").write_text("a chain")
    (folder / "privkey.pem").write_text("a key")
    return tmp_path


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_the_first_call_writes_a_file_that_only_its_owner_reads(own: Path) -> None:
    done = configure(own, *SAID)
    assert done.returncode == 0, done.stderr
    assert mode_of(own / ".env") == 0o600
    values = env_of(own)
    assert values["APP_HOST"] == "classroom.school.example"
    assert values["REGION"] == "nairobi"
    assert len({values[name] for name in SECRETS}) == len(SECRETS)
    assert not list(own.glob(".env.*"))


def test_it_tells_names_and_never_a_value(own: Path) -> None:
    said = configure(own, *SAID).stdout
    assert "JITSI_APP_SECRET" in said
    assert not [
        value for value in env_of(own).values() if len(value) >= 32 and value in said and "http" not in value
    ]


def test_a_second_call_changes_nothing(own: Path) -> None:
    configure(own, *SAID)
    before = (own / ".env").read_text()
    done = configure(own)
    assert "complete, nothing to do" in done.stdout
    assert (own / ".env").read_text() == before


def test_what_somebody_wrote_stays_comments_too(own: Path) -> None:
    secret = "of-our-own-0123456789-abcdefghijklmnop"
    (own / ".env").write_text(
        f"# the headmaster's\nJITSI_APP_SECRET={secret}\nEMAIL_HOST=mail.school.example\n"
    )
    assert configure(own, *SAID).returncode == 0
    text = (own / ".env").read_text()
    assert text.startswith(f"# the headmaster's\nJITSI_APP_SECRET={secret}\nEMAIL_HOST=mail.school.example\n")
    assert mode_of(own / ".env") == 0o600


def test_a_new_word_changes_its_line_and_what_follows_from_it(own: Path) -> None:
    configure(own, *SAID)
    before = env_of(own)
    done = configure(own, "--recorders", "2")
    after = env_of(own)
    assert after == {
        **before,
        "JIBRI_COUNT": "2",
        "JIBRI_URLS": "http://darasa-jibri-1:2222,http://darasa-jibri-2:2222",
    }
    assert "set:   JIBRI_COUNT, JIBRI_URLS" in done.stdout


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("JVB_AUTH_PASSWORD=changeme", "JVB_AUTH_PASSWORD is weak"),
        ("JVB_AUTH_PASSWORD=" + "ab" * 30, "JVB_AUTH_PASSWORD is weak"),
        ("JVB_AUTH_PASSWORD=abcdefghijklmnopqrstuvwxyz'; os.exit()--", "a character other than"),
        ("SECRET_KEY=abcdefghijklmnopqrstuvwxyz0123456789", "SECRET_KEY needs 50"),
        ("JVB_AUTH_PASSWORD=", None),
        ("nonsense", "line 1: expected NAME=value"),
        ("REGION=a\nREGION=b", "REGION stands there twice"),
    ],
)
def test_a_bad_line_is_refused_with_its_name_and_nothing_is_changed(
    own: Path, line: str, word: str | None
) -> None:
    (own / ".env").write_text(line + "\n")
    done = configure(own, *SAID)
    if word is None:  # an empty one is a missing one
        assert len(env_of(own)["JVB_AUTH_PASSWORD"]) >= 32
        return
    assert done.returncode == 1
    assert word in done.stderr
    assert (own / ".env").read_text() == line + "\n"


def test_one_secret_for_two_things_is_refused(own: Path) -> None:
    same = "0123456789abcdefghijklmnopqrstuvwxyz"
    (own / ".env").write_text(f"JIBRI_XMPP_PASSWORD={same}\nJIBRI_RECORDER_PASSWORD={same}\n")
    done = configure(own, *SAID)
    assert "JIBRI_RECORDER_PASSWORD is the same as JIBRI_XMPP_PASSWORD" in done.stderr
    assert same not in done.stderr


def test_everything_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    done = configure(tmp_path)
    assert done.returncode == 1
    for word in ("APP_HOST", "MEET_HOST", "MEDIA_HOST", "TURN_HOST", "PUBLIC_ADDRESS", "No certificate"):
        assert word in done.stderr
    assert not (tmp_path / ".env").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--app-host", "localhost"), "APP_HOST is localhost"),
        (("--app-host", "meet.school.example"), "four different names"),
        (("--app-host", "a.b;reboot"), "APP_HOST is"),
        (("--address", "school.example"), "PUBLIC_ADDRESS is school.example"),
        (("--region", "Nairobi}"), "REGION may hold"),
        (("--recorders", "1000"), "JIBRI_COUNT"),
    ],
)
def test_a_name_that_would_break_a_file_is_refused(own: Path, arguments: tuple[str, ...], word: str) -> None:
    done = configure(own, *SAID, *arguments)
    assert done.returncode == 1
    assert word in done.stderr


def test_a_file_that_others_could_read_is_closed_and_told(own: Path) -> None:
    configure(own, *SAID)
    (own / ".env").chmod(0o644)
    done = configure(own)
    assert mode_of(own / ".env") == 0o600
    assert "others could read it" in done.stdout


def test_half_a_certificate_is_refused(own: Path) -> None:
    (own / "certificates" / "privkey.pem").unlink()
    assert "only one of fullchain.pem and privkey.pem" in configure(own, *SAID).stderr


def certificate(folder: Path) -> str:
    file = folder / "certificates" / "fullchain.pem"
    command = ["openssl", "x509", "-in", str(file), "-noout", "-text"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_trial_has_a_certificate_for_all_names_which_darasa_trusts(installation: Path) -> None:
    text = certificate(installation)
    assert all(f"DNS:{label}.school.example" in text for label in ("classroom", "meet", "media", "turn"))
    assert mode_of(installation / "certificates" / "privkey.pem") == 0o600
    trusted = installation / "certificates" / "public"
    assert [path.name for path in trusted.iterdir()] == ["fullchain.pem"]
    assert env_of(installation)["CA_BUNDLE"] == "/certificates/fullchain.pem"


def test_an_acme_address_makes_a_placeholder_and_switches_certbot_on(tmp_path: Path) -> None:
    done = configure(tmp_path, *SAID, "--acme-email", "it@school.example")
    assert done.returncode == 0, done.stderr
    values = env_of(tmp_path)
    assert values["COMPOSE_PROFILES"] == "acme"
    assert "CA_BUNDLE" not in values and "TRIAL_CERTIFICATE" not in values
    assert "placeholder" in done.stdout


def test_an_own_certificate_is_never_touched(own: Path) -> None:
    configure(own, *SAID, "--self-signed")
    assert (own / "certificates" / "fullchain.pem").read_text() == "a chain"


STUB = """#!/bin/sh
echo "$@" >> {log}
[ "$1 $2" != "compose version" ] || exit {version}
"""


def up(folder: Path, *, version: int) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The real `up` beside the real `configure`, in front of a docker that only writes down what it is told."""
    for name in ("up", "configure"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
        (folder / name).chmod(0o755)
    bin_folder, log = folder / "bin", folder / "docker.log"
    bin_folder.mkdir()
    (bin_folder / "docker").write_text(STUB.format(log=log, version=version))
    (bin_folder / "docker").chmod(0o755)
    done = subprocess.run(
        [folder / "up", *SAID],
        env={**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, log.read_text().splitlines() if log.exists() else []


def test_the_one_command_configures_builds_and_starts(own: Path) -> None:
    done, told = up(own, version=0)
    assert done.returncode == 0, done.stderr
    assert (own / ".env").exists()
    assert [line.split()[1] for line in told] == ["version", "build", "up", "ps"]


def test_the_one_command_stops_at_a_fault_before_it_calls_docker(own: Path) -> None:
    (own / ".env").write_text("TURN_SECRET=short\n")
    done, told = up(own, version=0)
    assert (done.returncode, told) == (1, [])


def test_without_compose_the_one_command_says_what_is_needed(own: Path) -> None:
    done, told = up(own, version=1)
    assert done.returncode == 1
    assert "Compose plugin" in done.stderr
    assert len(told) == 1


def link(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "emergency-link"), "--folder", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_emergency_link_opens_one_room_for_a_while_and_only_the_teacher_moderates(own: Path) -> None:
    configure(own, *SAID)
    done = link(own, "algebra", "--teacher", "Tomás Rivera")
    links = re.findall(r"https://meet\.school\.example/(\S+)#jwt=(\S+)", done.stdout)
    secret = env_of(own)["JITSI_APP_SECRET"]
    required: Any = {"require": ["exp", "nbf", "iss", "aud", "sub"]}
    read = [
        (
            room,
            jwt.decode(
                token, secret, algorithms=["HS256"], audience="jitsi", issuer="darasa", options=required
            ),
        )
        for room, token in links
    ]
    assert [token["context"]["user"]["moderator"] for _, token in read] == [True, False]
    for room, token in read:
        assert re.fullmatch(r"algebra-[0-9a-f]{16}", room)
        assert (token["room"], token["sub"], token["aud"]) == (room, "meet.jitsi", "jitsi")
        assert not any(token["context"]["features"].values())
        assert 0 < token["exp"] - token["iat"] <= 4 * 3600
    assert read[0][1]["context"]["user"]["name"] == "Tomás Rivera"


@pytest.mark.parametrize("arguments", [("Algebra",), ("*",), ("a", "--minutes", "100000")])
def test_the_emergency_link_is_for_no_wildcard_and_not_for_ever(
    own: Path, arguments: tuple[str, ...]
) -> None:
    configure(own, *SAID)
    assert link(own, *arguments).returncode == 2
