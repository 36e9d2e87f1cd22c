"""The settings table: every environment variable that Darasa reads, once.

`manage.py settings` prints it as `.env.example` or, with `--markdown`, as `docs/settings.md`.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("DARASA_VAR", BASE_DIR / "var"))


class BadSetting(Exception):
    """A variable holds something that cannot be read; the sentence says which and how to mend it."""


def boolean(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError("use 1 or 0")


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"use {' or '.join(allowed)}")
        return text

    return parse


def between(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not least <= int(text) <= most:
            raise ValueError(f"use {least} to {most}")
        return int(text)

    return parse


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    secret: bool = False

    def read(self) -> Any:
        text = os.environ.get(self.name, self.default)
        try:
            return self.parse(text)
        except ValueError as error:
            raise BadSetting(f"{self.name}={text!r} cannot be read: {error}. {self.help}") from error


TABLE: tuple[Setting, ...] = (
    Setting(
        "DARASA_DEMO", boolean, "0", "1 shows the sign-in buttons of the demo school; never on a real one."
    ),
    Setting(
        "DARASA_VAR", Path, str(VAR_DIR), "Where everything lies that is made here: data, logs, secrets."
    ),
    Setting("DEBUG", boolean, "0", "1 shows tracebacks in the browser; never on a real server."),
    Setting(
        "SERVER_TIMING", boolean, "0", "1 adds a Server-Timing header with time and queries; for measuring."
    ),
    Setting(
        "SOCKET_FAST_PATH",
        boolean,
        "1",
        "0 sends board frames by plain ASGI instead of straight to uvicorn's transport; slower, for comparing.",
    ),
    Setting("SECRET_KEY", str, "", "At least 50 random characters; signs sessions and links.", secret=True),
    Setting("ALLOWED_HOSTS", words, "127.0.0.1,localhost", "Host names that browsers may use, by comma."),
    Setting("PUBLIC_URL", str, "", "Where browsers reach Darasa, e.g. https://classroom.school.example."),
    Setting("PORT", int, "8000", "The port that `make run` listens on."),
    Setting(
        "DATABASE_URL", str, "", "postgresql://user:password@host:5432/name; empty: the bundled server.", True
    ),
    Setting("REDIS_URL", str, "", "redis://:password@host:6379/0; empty: the bundled server.", True),
    Setting(
        "CHANNELS_REDIS_URL",
        str,
        "",
        "A second Redis for sockets and caches, which may forget; empty: REDIS_URL carries them too.",
        True,
    ),
    Setting("STATIC_ROOT", Path, str(VAR_DIR / "static"), "Where collectstatic puts what browsers load."),
    Setting("TIME_ZONE", str, "UTC", "IANA zone of the server's own displays; institutions have their own."),
    Setting(
        "RECORDINGS_DIR", Path, str(VAR_DIR / "recordings"), "Where recorders leave one folder a session."
    ),
    Setting(
        "WORK_DIR", Path, str(VAR_DIR / "work"), "Where recordings are composed; may be emptied at any time."
    ),
    Setting(
        "STREAMS_DIR", Path, str(VAR_DIR / "streams"), "Where live streams lie in pieces while lessons go on."
    ),
    Setting(
        "STREAM_LISTEN", str, "127.0.0.1", "The address at which recorders hand in their streams (RTMP)."
    ),
    Setting("STREAM_ADDRESS", str, "127.0.0.1", "... and how they reach it: the host name of that machine."),
    Setting(
        "BACKUP_DIR",
        Path,
        str(VAR_DIR / "backups"),
        "Where `manage.py backup` puts a folder each time; best on another disk.",
    ),
    Setting("STORAGE_BACKEND", str, "folder", "folder, or s3 for any S3-speaking store."),
    Setting("STORAGE_DIR", Path, str(VAR_DIR / "storage"), "The folder of the folder backend."),
    Setting("S3_BUCKET", str, "", "Bucket of the s3 backend; it must not be public."),
    Setting("S3_ENDPOINT_URL", str, "", "Endpoint of a store that is not AWS."),
    Setting("S3_REGION", str, "us-east-1", "Region of the bucket."),
    Setting(
        "S3_ZONES",
        str,
        "",
        "Buckets of zones, as zone=bucket@region[@endpoint], separated by spaces; an institution's region names its zone.",
    ),
    Setting(
        "ZONES_FILE",
        str,
        "",
        "In which regions a zone's things may lie, and whose account keeps them; empty: terraform/zones.json, if it is there.",
    ),
    Setting(
        "ZONE",
        str,
        "",
        "The zone that this server is in: it works on recordings of this zone alone; empty: on all.",
    ),
    Setting(
        "WORK_ZONES",
        words,
        "",
        "Zones by comma whose recordings have workers of their own, on the queue recordings.<zone>; empty: one queue for all.",
    ),
    Setting("S3_ACCESS_KEY_ID", str, "", "Empty: the machine's own role is used.", True),
    Setting("S3_SECRET_ACCESS_KEY", str, "", "Empty: the machine's own role is used.", True),
    Setting("MEDIA_LINK_SECONDS", int, "300", "How long a signed link to a recording works."),
    Setting(
        "SPEECH_MODEL",
        str,
        "",
        "Folder of a speech model, for automatic captions; empty: none are made.",
    ),
    Setting(
        "SPEECH_COMMAND",
        str,
        "",
        "A speech engine of your own (docs/operations/captions.md); empty: faster-whisper, if it is installed.",
    ),
    Setting("BOARD_FILE_MAX_MB", between(1, 500), "50", "The largest picture or PDF that a board takes."),
    Setting("BOARD_FILES_MAX_MB", between(1, 100_000), "1000", "All that was brought to one board."),
    Setting("SLIDES_MAX_PAGES", between(1, 500), "300", "Pages of a PDF; a board has 500 at most."),
    Setting("SLIDES_PAGE_SECONDS", between(1, 300), "30", "How long one page of a PDF may take."),
    Setting("IMAGE_MAX_MEGAPIXELS", between(1, 200), "40", "The largest picture, before it is made smaller."),
    Setting("COMPOSE_LIVE", boolean, "1", "0: recordings are composed after the lesson only."),
    Setting("HARDWARE_ENCODERS", boolean, "1", "0: videos are encoded by x264, whatever chips there are."),
    Setting(
        "RENDITIONS",
        words,
        "raw,low,audio,thumbnails",
        "Made of every recording: raw (as recorded, until the video is there), low, audio, thumbnails, ladder.",
    ),
    Setting("RECORDER_ENGINE", str, "", "embedded or jibri; empty: jibri when JITSI_DOMAIN is set."),
    Setting("RECORDER_TIME_ZONE", str, "UTC", "Zone of the times in Jibri's file names."),
    Setting("QUIET_SECONDS", int, "120", "A session folder without a marker is adopted after this silence."),
    Setting(
        "LEASE_SECONDS", int, "30", "A worker that is silent for so long loses its recording to another."
    ),
    Setting(
        "JITSI_DOMAIN", str, "", "Host of your Jitsi Meet; empty: the built-in room for up to six people."
    ),
    Setting(
        "JITSI_SCRIPT_PROXIED",
        boolean,
        "0",
        "1: /external_api.js under PUBLIC_URL is your Jitsi's, as jitsi_config's nginx has it; pages then run no script of another host.",
    ),
    Setting("JITSI_XMPP_DOMAIN", str, "meet.jitsi", "XMPP domain inside the Jitsi stack: the token's `sub`."),
    Setting("JITSI_APP_ID", str, "darasa", "JWT_APP_ID of the Jitsi stack: the token's `iss`."),
    Setting("JITSI_AUDIENCE", str, "jitsi", "JWT_ACCEPTED_AUDIENCES of the Jitsi stack: the token's `aud`."),
    Setting("JITSI_APP_SECRET", str, "", "JWT_APP_SECRET of the Jitsi stack, at least 32 characters.", True),
    Setting(
        "JITSI_HOOK_TOKEN",
        str,
        "",
        "What Prosody bears at our doors and we at its own, at least 32 characters; empty: those doors do not exist.",
        True,
    ),
    Setting(
        "PROSODY_URL", str, "", "Prosody's private HTTP port, e.g. http://prosody:5280; empty: not asked."
    ),
    Setting(
        "INNER_URL",
        str,
        "",
        "Where Prosody and Jibri reach Darasa, e.g. http://darasa-web:8000; `manage.py doctor` asks there; empty: PUBLIC_URL.",
    ),
    Setting("JICOFO_URL", str, "", "Jicofo's private REST port, e.g. http://jicofo:8888; empty: none."),
    Setting("JVB_URLS", words, "", "Private REST ports of the videobridges, by comma: http://jvb1:8080,…"),
    Setting(
        "JITSI_SIGNING",
        one_of("HS256", "RS256"),
        "HS256",
        "How Jitsi's tokens are signed: HS256 with JITSI_APP_SECRET, RS256 with the keys of `manage.py jitsi_keys`.",
    ),
    Setting(
        "JITSI_KEYS_DIR",
        Path,
        str(VAR_DIR / "jitsi-keys"),
        "Where the keys for RS256 lie; all web processes must share it, and nobody else may read it.",
    ),
    Setting(
        "JITSI_WEB_TOKEN_SECONDS",
        between(120, 3600),
        "600",
        "How long somebody who was removed could still come in with an old web page's token.",
    ),
    Setting(
        "JITSI_EVENT_SECRET",
        str,
        "",
        "Signs what mod_darasa_events sends, at least 32 characters; empty: that door does not exist.",
        True,
    ),
    Setting("JITSI_RECORDER_DOMAIN", str, "hidden.meet.jitsi", "XMPP domain that recorders sign in at."),
    Setting(
        "EMAIL_HOST", str, "", "SMTP server; empty: letters are laid into a folder, `mail` under DARASA_VAR."
    ),
    Setting("EMAIL_PORT", int, "587", "Port of the SMTP server."),
    Setting("EMAIL_HOST_USER", str, "", "Name at the SMTP server; empty: no sign-in."),
    Setting("EMAIL_HOST_PASSWORD", str, "", "Password at the SMTP server.", True),
    Setting("EMAIL_USE_TLS", boolean, "1", "STARTTLS towards the SMTP server; 0 only on one machine."),
    Setting("EMAIL_FROM", str, "Darasa <darasa@localhost>", "The sender of letters."),
    Setting(
        "OIDC_PRIVATE_NETWORKS",
        boolean,
        "0",
        "1 lets identity providers lie in private networks; then heads can make the server ask there.",
    ),
    Setting(
        "JITSI_SIMULATED",
        boolean,
        "0",
        "1 says in the room that recorders are simulated: `make run JITSI=simulated`.",
    ),
    Setting(
        "JIBRI_URLS",
        words,
        "",
        "Jibris by comma: http://jibri:2222, name=http://… or name@pool=http://…; a pool is a region or an institution.",
    ),
    Setting(
        "JIBRI_HOOK_SECRET",
        str,
        "",
        "Stands in the address of Jibri's webhooks; empty: they do not exist.",
        True,
    ),
    Setting(
        "JIBRI_RECORDER_PASSWORD", str, "", "Of `recorder` at JITSI_RECORDER_DOMAIN, for HTTP starts.", True
    ),
    Setting(
        "JIBRI_START",
        one_of("module", "http"),
        "module",
        "Who starts Jibris: our Prosody module, and Darasa when that fails; or http: Darasa alone.",
    ),
    Setting(
        "JIBRI_CONFIRM_SECONDS", float, "60", "How long the module has before Darasa starts a Jibri itself."
    ),
    Setting("JIBRI_POLL_SECONDS", float, "5", "How often each Jibri is asked how it is."),
    Setting("JIBRI_SILENCE_SECONDS", float, "15", "A Jibri that is silent for so long is replaced."),
    Setting(
        "JIBRI_START_SECONDS", float, "30", "A Jibri that accepted and shows no picture by then is replaced."
    ),
    Setting(
        "RECORDER_ALARM_SECONDS",
        float,
        "50",
        "People inside and no recording for so long: they and the audit log are told.",
    ),
    Setting("RECORDER_CAPACITY", int, "4", "How many lessons can be recorded at the same time."),
    Setting(
        "LOG_FORMAT", one_of("line", "json"), "line", "line for people, json for machines: one object a line."
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        str,
        "",
        "Where traces go (OTLP over HTTP), e.g. http://collector:4318; needs the extra `tracing`; empty: nowhere.",
    ),
    Setting(
        "METRICS_TOKEN",
        str,
        "",
        "What Prometheus bears at /metrics, at least 32 characters; empty: that door does not exist.",
        True,
    ),
    Setting(
        "MACHINE_POOLS",
        words,
        "",
        "Pools that follow the timetable, by comma: recorders@eu=asg:group@region or bridges=asg:…; others are set up by hand.",
    ),
    Setting(
        "MACHINE_DEPARTURES",
        str,
        "",
        "Queue in which those pools say which machine is about to go, as address@region; empty: nobody is asked.",
    ),
    Setting(
        "MACHINE_FIGURES",
        str,
        "",
        "Namespace of the cloud to which figures for its alarms are told, as name@region; empty: none are.",
    ),
    Setting(
        "MACHINE_LEAD_SECONDS",
        float,
        "330",
        "From asking for a machine to its first word, nearly always: what 95 of 100 take, and a margin.",
    ),
    Setting(
        "WEBHOOK_ALLOW_PRIVATE",
        boolean,
        "0",
        "1 lets webhooks go to private addresses and by plain http; for tests, never on a real server.",
    ),
    Setting("API_CALLER_PER_MINUTE", int, "600", "Requests a minute of one person or key through the API."),
    Setting(
        "API_ADDRESS_PER_MINUTE", int, "6000", "Requests a minute from one address: a school has only one."
    ),
    Setting("ICE_SERVERS", json.loads, "[]", "JSON list of STUN/TURN servers for the built-in room."),
    Setting("CRASH_AT", str, "", "Tests only: the crash point at which a process kills itself."),
    Setting("FFMPEG_STALL_SECONDS", float, "60", "An ffmpeg that makes no progress for so long is killed."),
)


def read_all() -> dict[str, Any]:
    return {setting.name: setting.read() for setting in TABLE}


def local_secret(name: str) -> str:
    """A random secret kept under `var/`, made on first use: for the demo and for tests, never for a server."""
    path = VAR_DIR / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()
