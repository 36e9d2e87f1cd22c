"""Names, certificates and clocks, as anybody sees them from here."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.checkup.findings import Finding, fault, fine, skipped, warning

WAIT_SECONDS = 4.0
FEW_DAYS = 21
WARNING_SECONDS, FAULT_SECONDS = 2.0, 10.0


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


@dataclass(frozen=True, slots=True)
class Dns:
    """Each name leads somewhere."""

    name: ClassVar[str] = "dns"
    title: ClassVar[str | Promise] = gettext_lazy("Names that browsers must find")
    urls: Sequence[str]

    def examine(self) -> Iterator[Finding]:
        for host in dict.fromkeys(filter(None, map(host_of, self.urls))):
            yield self._look_up(host)

    def _look_up(self, host: str) -> Finding:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            remedy = _("Make an A record for %(host)s that leads to this machine, or correct the setting.")
            return fault(host, _("no address"), remedy % {"host": host})
        return fine(host, ", ".join(dict.fromkeys(str(address[0]) for *_rest, address in found)))


@dataclass(frozen=True, slots=True)
class Tls:
    """What a browser that sees it for the first time would say. `trusted` adds to the system's authorities."""

    name: ClassVar[str] = "tls"
    title: ClassVar[str | Promise] = gettext_lazy("Certificates")
    urls: Sequence[str]
    trusted: str | None = None

    def examine(self) -> Iterator[Finding]:
        doors = dict.fromkeys(
            (urlsplit(url).hostname or "", urlsplit(url).port or 443)
            for url in self.urls
            if url.startswith("https://")
        )
        if not doors:
            yield skipped(_("certificates"), _("no address begins with https"))
        for host, port in doors:
            yield self._look_at(host, port)

    def _look_at(self, host: str, port: int) -> Finding:
        context = ssl.create_default_context()
        if self.trusted:
            context.load_verify_locations(self.trusted)
        try:
            days, issuer = _days_left(context, host, port)
        except ssl.SSLCertVerificationError as error:
            return _unverified(host, error)
        except (ssl.SSLError, OSError) as error:
            remedy = _("Is nginx running, is port %(port)d open, does it know this name?")
            said = _("no TLS: %(error)s") % {"error": type(error).__name__}
            return fault(host, said, remedy % {"port": port})
        told = _("valid for %(days)d days, by %(issuer)s") % {"days": days, "issuer": issuer}
        if days < FEW_DAYS:
            return warning(host, told, _renewal())
        return fine(host, told)


def _days_left(context: ssl.SSLContext, host: str, port: int) -> tuple[int, str]:
    with (
        socket.create_connection((host, port), WAIT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    certificate = x509.load_der_x509_certificate(shown or b"")
    names = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return left.days, str(names[0].value) if names else certificate.issuer.rfc4514_string()


def _renewal() -> str:
    return _(
        "`docker compose logs --tail 50 certbot`; with a certificate of your own put the new pair into certificates/."
    )


# OpenSSL's numbers (X509_V_ERR_…) for what people get wrong.
def _unverified(host: str, error: ssl.SSLCertVerificationError) -> Finding:
    sentences: Mapping[int, tuple[str, str]] = {
        9: (_("the certificate is not valid yet"), _("Set the clock of this machine: `timedatectl`.")),
        10: (_("the certificate has expired"), _renewal()),
        18: (
            _("the certificate is signed by itself"),
            _(
                "Good for a trial only: browsers warn, Jitsi's app refuses. `up --acme-email …` gets a real one."
            ),
        ),
        19: (
            _("the chain ends at an authority that nobody knows"),
            _("Use a certificate of an authority that browsers know: `up --acme-email …` gets one."),
        ),
        20: (
            _("the chain is not complete, or its authority is unknown"),
            _("Put the intermediate certificates into fullchain.pem, below your own."),
        ),
        62: (
            _("the certificate is for other names"),
            _(
                "It must name %(host)s: `openssl x509 -in certificates/fullchain.pem -noout -ext subjectAltName`."
            ),
        ),
    }
    found, remedy = sentences.get(error.verify_code, (error.verify_message, _renewal()))
    return fault(host, found, remedy % {"host": host} if "%(host)s" in remedy else remedy)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Our clock against those of the servers that judge our tokens and signatures. `urls` by what to call them."""

    name: ClassVar[str] = "clock"
    title: ClassVar[str | Promise] = gettext_lazy("Clocks of the others")
    urls: Mapping[str, str]

    def examine(self) -> Iterator[Finding]:
        if not self.urls:
            yield skipped(_("clocks"), _("there is no other server to compare with"))
        for about, url in self.urls.items():
            yield _compare(about, url)


def _compare(about: str, url: str) -> Finding:
    try:
        # Only the time is read; whether the certificate is good is another check.
        with httpx.Client(verify=False, timeout=WAIT_SECONDS, trust_env=False) as client:  # noqa: S501
            asked = time.time()
            answer = client.head(url)
            ours = (asked + time.time()) / 2
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return warning(about, _("no answer, so no time"), _("See its own line here; it may be down."))
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return skipped(about, _("it tells no time"))
    return judge_clock(about, theirs + 0.5 - ours)  # the header leaves out the fraction


def judge_clock(about: str, seconds: float) -> Finding:
    """`seconds`: how far it is ahead of us. Tokens and signatures have no patience with more than a few."""
    if abs(seconds) <= WARNING_SECONDS:
        return fine(about, _("its clock is ours"))
    ahead, behind = _("%(seconds)d s ahead of us"), _("%(seconds)d s behind us")
    told = (ahead if seconds > 0 else behind) % {"seconds": round(abs(seconds))}
    remedy = _("Let both machines follow a time server: `timedatectl set-ntp true`, then `timedatectl`.")
    judge = fault if abs(seconds) > FAULT_SECONDS else warning
    return judge(about, told, remedy)
