"""System checks: a missing or weak secret stops the start with a sentence that says what to do."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from classroom.jitsi.keys import read_keys
from classroom.jitsi.proofs import is_secret
from common.machines import read_places, read_spot
from common.storage.zones import read_zones
from config import tracing

LONGEST_LINK_SECONDS = 300


@register()
def check_secret_key(**_: Any) -> list[CheckMessage]:
    try:
        if len(settings.SECRET_KEY) >= 50:
            return []
    except ImproperlyConfigured:
        pass  # Django's own answer to an empty key, said below with a remedy
    hint = "Put at least 50 random characters into SECRET_KEY (`manage.py settings --secret` makes some)."
    return [Error("SECRET_KEY is missing or too short.", hint=hint, id="darasa.E001")]


@register()
def check_services(**_: Any) -> list[CheckMessage]:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not getattr(settings, name)]
    hint = "Set it, or start the bundled servers with `make run` and call this while they run."
    return [Error(f"{name} is not known.", hint=hint, id="darasa.E002") for name in missing]


@register()
def check_jitsi(**_: Any) -> list[CheckMessage]:
    is_shared = settings.JITSI_SIGNING == "HS256"
    if not settings.JITSI_DOMAIN or not is_shared or len(settings.JITSI_APP_SECRET) >= 32:
        return []
    hint = "Use the JWT_APP_SECRET of your Jitsi stack, at least 32 characters."
    return [Error("JITSI_APP_SECRET is missing or too short.", hint=hint, id="darasa.E003")]


@register()
def check_recorders(**_: Any) -> list[CheckMessage]:
    from recordings.jibri import read_addresses  # only where checks run: httpx takes a while to load

    try:
        read_addresses(settings.JIBRI_URLS)
    except ValueError as error:
        return [Error(f"JIBRI_URLS cannot be read: {error}.", id="darasa.E009")]
    return []


@register()
def check_machine_pools(**_: Any) -> list[CheckMessage]:
    try:
        read_places(settings.MACHINE_POOLS)
    except ValueError as error:
        return [Error(f"MACHINE_POOLS cannot be read: {error}.", id="darasa.E012")]
    try:
        read_spot(settings.MACHINE_DEPARTURES)
        read_spot(settings.MACHINE_FIGURES)
    except ValueError as error:
        return [Error(f"MACHINE_DEPARTURES or MACHINE_FIGURES cannot be read: {error}.", id="darasa.E014")]
    return []


@register()
def check_jitsi_keys(**_: Any) -> list[CheckMessage]:
    if not settings.JITSI_DOMAIN or settings.JITSI_SIGNING != "RS256":
        return []
    if any(key.is_live for key in read_keys(settings.JITSI_KEYS_DIR)):
        return []
    hint = "Make one with `manage.py jitsi_keys new`."
    return [Error("JITSI_SIGNING is RS256 and JITSI_KEYS_DIR has no key.", hint=hint, id="darasa.E007")]


@register()
def check_hook_secrets(**_: Any) -> list[CheckMessage]:
    names = ("JITSI_HOOK_TOKEN", "JITSI_EVENT_SECRET", "JIBRI_HOOK_SECRET", "METRICS_TOKEN")
    short = [name for name in names if getattr(settings, name) and not is_secret(getattr(settings, name))]
    hint = "Use at least 32 random characters (`manage.py settings --secret`), or none: then its doors are closed."
    return [Error(f"{name} is too short to be a secret.", hint=hint, id="darasa.E008") for name in short]


@register()
def check_storage(**_: Any) -> list[CheckMessage]:
    if settings.STORAGE_BACKEND == "folder" or (
        settings.STORAGE_BACKEND == "s3" and settings.S3["S3_BUCKET"]
    ):
        return []
    hint = "STORAGE_BACKEND is `folder`, or `s3` together with S3_BUCKET."
    return [Error("The storage is not configured.", hint=hint, id="darasa.E004")]


@register()
def check_zones(**_: Any) -> list[CheckMessage]:
    try:
        read_zones(settings.S3_ZONES)
    except ValueError as error:
        hint = "Write zone=bucket@region[@endpoint], separated by spaces; no two zones share a bucket."
        return [Error(f"S3_ZONES cannot be read: {error}.", hint=hint, id="darasa.E010")]
    return []


@register()
def check_traces(**_: Any) -> list[CheckMessage]:
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT or tracing.is_installed():
        return []
    hint = "Install the extra `tracing` (docs/operations/tracing.md), or leave OTEL_EXPORTER_OTLP_ENDPOINT empty."
    return [Error("Traces are wanted, and OpenTelemetry is not installed.", hint=hint, id="darasa.E013")]


@register()
def check_media_links(**_: Any) -> list[CheckMessage]:
    if 0 < settings.MEDIA_LINK_SECONDS <= LONGEST_LINK_SECONDS:
        return []
    hint = "A link opens for whoever holds it: choose 1 to 300 seconds."
    return [Error("MEDIA_LINK_SECONDS is out of bounds.", hint=hint, id="darasa.E011")]


@register(deploy=True)
def check_demo(**_: Any) -> list[CheckMessage]:
    if not settings.DARASA_DEMO:
        return []
    return [Error("DARASA_DEMO lets anybody in.", hint="Unset it on a real server.", id="darasa.E005")]


@register(deploy=True)
def check_webhooks(**_: Any) -> list[CheckMessage]:
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        return []
    hint = "Unset WEBHOOK_ALLOW_PRIVATE on a real server."
    return [Error("Webhooks may reach into the private network.", hint=hint, id="darasa.E006")]
