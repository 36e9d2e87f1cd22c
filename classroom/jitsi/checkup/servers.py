"""Jicofo and the bridges, asked at their private ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import httpx
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.admission import HOT
from classroom.jitsi.border import BorderFailure, alone, ask
from classroom.jitsi.bridges import HttpBridges, Stats
from classroom.jitsi.checkup.border import look_at_log, tell_failure
from classroom.jitsi.jicofo import FocusStats, HttpFocus
from common.checkup import Finding, fault, fine, skipped, warning


class JicofoWorks:
    name: ClassVar[str] = "jicofo"
    title: ClassVar[str | Promise] = gettext_lazy("Jicofo")

    def examine(self) -> Iterator[Finding]:
        url = settings.JICOFO_URL.rstrip("/")
        if not url:
            yield skipped(str(self.title), _("JICOFO_URL is empty"))
            return
        try:
            stats = HttpFocus(url).read_stats()
        except BorderFailure as failure:
            yield fault(url, tell_failure(failure.code), look_at_log("jicofo"))
            return
        try:
            alone(lambda client: _ask_health(client, url))
        except BorderFailure as failure:
            yield fault(
                url, _("is not well: %(said)s") % {"said": tell_failure(failure.code)}, look_at_log("jicofo")
            )
        else:
            yield judge_focus(url, stats)


async def _ask_health(client: httpx.AsyncClient, url: str) -> httpx.Response:
    return await ask(client, "GET", f"{url}/about/health")


def judge_focus(url: str, stats: FocusStats) -> Finding:
    told = _("%(bridges)d bridges, %(free)d of %(recorders)d recorders free, %(conferences)d conferences") % {
        "bridges": stats.bridges,
        "free": stats.recorders_free,
        "recorders": stats.recorders,
        "conferences": stats.conferences,
    }
    if not stats.bridges:
        remedy = _(
            "No bridge has signed in at Prosody: compare JVB_AUTH_PASSWORD, `docker compose logs --tail 50 jvb`."
        )
        return fault(url, told, remedy)
    if settings.RECORDER_ENGINE == "jibri" and not stats.recorders:
        remedy = _(
            "No Jibri has signed in: compare JIBRI_XMPP_PASSWORD, `docker compose logs --tail 50 jibri`."
        )
        return warning(url, told, remedy)
    return fine(url, told)


class BridgesWork:
    name: ClassVar[str] = "bridges"
    title: ClassVar[str | Promise] = gettext_lazy("Videobridges")

    def examine(self) -> Iterator[Finding]:
        if not settings.JVB_URLS:
            yield skipped(str(self.title), _("JVB_URLS is empty"))
            return
        answers = HttpBridges().ask_all(settings.JVB_URLS)
        for url, answer in answers.items():
            yield (
                judge_silence(url, answer) if isinstance(answer, BorderFailure) else judge_bridge(url, answer)
            )
        yield from judge_versions(
            str(self.title), [one for one in answers.values() if isinstance(one, Stats)]
        )


def judge_silence(url: str, failure: BorderFailure) -> Finding:
    remedy = look_at_log("jvb")
    if failure.code == "missing":
        remedy = _("Set COLIBRI_REST_ENABLED=1 for this bridge.")
    return fault(url, tell_failure(failure.code), remedy)


def judge_bridge(url: str, stats: Stats) -> Finding:
    told = _("stress %(stress).2f, %(people)d people, region %(region)s, version %(version)s") % {
        "stress": stats.stress,
        "people": stats.participants,
        "region": stats.region or "?",
        "version": stats.version or "?",
    }
    if not stats.is_healthy:
        remedy = _(
            "`docker compose logs --tail 50 jvb`; is 10000/udp free, is PUBLIC_ADDRESS right? Then restart it."
        )
        return fault(url, _("says that it is ill: %(told)s") % {"told": told}, remedy)
    if stats.is_draining or stats.is_leaving:
        remedy = _(
            "It takes nobody new. If that is not wanted any more: “Bridges” in the administration's menu."
        )
        return warning(url, _("is being emptied: %(told)s") % {"told": told}, remedy)
    if stats.stress >= HOT:
        return warning(url, told, _("Add a bridge: docs/operations/scale.md."))
    return fine(url, told)


def judge_versions(about: str, answered: list[Stats]) -> Iterator[Finding]:
    """One conference never spans two versions: half of the bridges would be of no use to it."""
    versions = sorted({one.version for one in answered if one.version})
    if len(versions) > 1:
        remedy = _("Bring all bridges to the same release: docs/operations/upgrade.md.")
        yield warning(
            about, _("different versions: %(versions)s") % {"versions": ", ".join(versions)}, remedy
        )
