"""System checks: a missing or weak secret stops the start with a sentence that says what to do."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from classroom.jitsi.keys import read_keys


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
def check_jitsi_keys(**_: Any) -> list[CheckMessage]:
    if not settings.JITSI_DOMAIN or settings.JITSI_SIGNING != "RS256":
        return []
    if any(key.is_live for key in read_keys(settings.JITSI_KEYS_DIR)):
        return []
    hint = "Make one with `manage.py jitsi_keys new`."
    return [Error("JITSI_SIGNING is RS256 and JITSI_KEYS_DIR has no key.", hint=hint, id="darasa.E007")]


@register()
def check_storage(**_: Any) -> list[CheckMessage]:
    if settings.STORAGE_BACKEND == "folder" or (
        settings.STORAGE_BACKEND == "s3" and settings.S3["S3_BUCKET"]
    ):
        return []
    hint = "STORAGE_BACKEND is `folder`, or `s3` together with S3_BUCKET."
    return [Error("The storage is not configured.", hint=hint, id="darasa.E004")]


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
