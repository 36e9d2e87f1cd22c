"""Sentences for the ways in which a server does not answer."""

from __future__ import annotations

from django.utils.translation import gettext as _


def tell_failure(code: str) -> str:
    return {
        "timeout": _("accepts, and does not answer"),
        "no_connection": _("no connection"),
        "refused": _("answers with an error"),
        "missing": _("answers that there is no such page"),
        "unreadable": _("answers something else than it should"),
        "no_host": _("does not know this XMPP domain"),
    }.get(code, code)


def look_at_log(service: str) -> str:
    told = _("`docker compose ps %(service)s`, then `docker compose logs --tail 50 %(service)s`.")
    return told % {"service": service}
