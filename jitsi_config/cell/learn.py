#!/usr/bin/env python3
"""A Jitsi machine of a cell learns what its containers are told, before any of them starts. As root, by darasa-cell.service.

What Terraform tells it (/etc/darasa/cell.env) holds nothing secret. Here it is compared with where the machine really is,
with zones.json and with the cell's manifest, as config/cell.py does on web machines; then secrets are fetched by the
machine's own role. Of all that, its Compose file is told what stands in it, and no word more: a bridge learns one password.

Python's standard library and the distribution's boto3: there is no Darasa on these machines.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

ZONES = Path(__file__).resolve().parents[2] / "terraform" / "zones.json"
ROOT = Path(os.environ.get("DARASA_ROOT", "/"))
TOLD = ROOT / "etc/darasa/cell.env"
COMPOSE = ROOT / "etc/darasa/compose.json"
# Below RuntimeDirectory of darasa-cell.service: in memory, and gone with the machine.
LEARNT = ROOT / "run/darasa"
# A secret that is one word is this setting; one of several is a JSON object of these.
PLAIN = {"jitsi": "JITSI_APP_SECRET", "jibri-hooks": "JIBRI_HOOK_SECRET", "turn": "TURN_SECRET"}
SECRETS = {
    *PLAIN.values(),
    *("JITSI_HOOK_TOKEN", "JITSI_EVENT_SECRET", "JICOFO_AUTH_PASSWORD", "JVB_AUTH_PASSWORD"),
    *("JIBRI_XMPP_PASSWORD", "JIBRI_RECORDER_PASSWORD"),
}
CERTIFICATE = "turn-certificate"
# They stand in URLs, in Lua strings and on command lines (`configure` asks for the same).
STRONG = re.compile(r"[A-Za-z0-9_-]{32,}")
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(:?\?)?")
# Of coturn's image: `nobody` reads the certificate, and nobody else does.
READER = 65534
AGAIN_SECONDS = 5
METADATA = "http://169.254.169.254"


class NotYet(Exception):
    """Later it may be there: what has just been made in a cloud is not everywhere at once."""


class Wrong(Exception):
    """This machine must not start."""


@dataclass(frozen=True)
class Place:
    """What the machine itself is. `public` is empty while it has no such address."""

    machine: str
    private: str
    public: str
    region: str
    account: str


class Papers(Protocol):
    """What the cell keeps for its machines. Raises NotYet."""

    def secret(self, name: str) -> str: ...
    def parameter(self, name: str) -> str: ...


class AwsPapers:
    def __init__(self, region: str) -> None:
        import boto3
        from botocore.config import Config

        config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3})
        self._secrets: Any = boto3.client("secretsmanager", region_name=region, config=config)
        self._parameters: Any = boto3.client("ssm", region_name=region, config=config)

    def secret(self, name: str) -> str:
        return str(self._ask(self._secrets.get_secret_value, SecretId=name)["SecretString"])

    def parameter(self, name: str) -> str:
        return str(self._ask(self._parameters.get_parameter, Name=name)["Parameter"]["Value"])

    def _ask(self, question: Any, **words: str) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return question(**words)
        except (BotoCoreError, ClientError) as error:
            # A role's policy, too, takes effect some seconds after it was made.
            raise NotYet(f"{', '.join(words.values())}: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--look", action="store_true", help="once; what cannot be learnt now stays as it was")
    parser.add_argument(
        "--reader", type=int, default=READER, help="number of the user who reads certificates"
    )
    said = parser.parse_args(arguments)
    told, before = read_words(TOLD.read_text()), ""
    while True:
        try:
            learnt = learn(told, AwsPapers(told["AWS_REGION"]), find_place(), COMPOSE.read_text())
            note(learnt, LEARNT, said.reader)
            return 0
        except Wrong as reason:
            print(f"This machine does not start: {reason}", file=sys.stderr)
            return 1
        except NotYet as reason:
            if str(reason) != before:
                print(f"Not yet: {reason}", file=sys.stderr, flush=True)
            before = str(reason)
        if said.look:
            return 0
        time.sleep(AGAIN_SECONDS)


def read_words(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line)


# Where it is


def find_place() -> Place:
    """By tokens only (IMDSv2). Raises NotYet."""
    base = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", METADATA).rstrip("/")
    token = _ask_metadata(f"{base}/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    by = {"X-aws-ec2-metadata-token": token}
    own = json.loads(_ask_metadata(f"{base}/latest/dynamic/instance-identity/document", "GET", by))
    public = _ask_metadata(f"{base}/latest/meta-data/public-ipv4", "GET", by)
    return Place(own["instanceId"], own["privateIp"], public, own["region"], own["accountId"])


def _ask_metadata(url: str, method: str, headers: dict[str, str]) -> str:
    """Empty for what the machine does not have."""
    request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310 - the machine's own
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return ""
        raise NotYet(f"{url}: {error.code}") from error
    except OSError as error:
        raise NotYet(f"{url}: {error}") from error


# What it is told


def learn(
    told: Mapping[str, str], papers: Papers, place: Place, compose: str, zones: Any = None
) -> dict[str, str]:
    """File → text, of what goes below /run/darasa. Raises NotYet or Wrong."""
    zones = zones or json.loads(ZONES.read_text())
    manifest = json.loads(papers.parameter(told["DARASA_MANIFEST"]))
    if wrong := sorted(wrongs_of(manifest, told, place, zones, json.loads(compose)["x-kind"])):
        raise Wrong(f"not as its cell's manifest says: {', '.join(wrong)}")
    secrets: dict[str, str] = {}
    files: dict[str, str] = {}
    for name in filter(None, told["DARASA_SECRETS"].split(",")):
        kind, value = name.rpartition("/")[2], papers.secret(name).strip()
        if kind == CERTIFICATE:
            files["turn/turn.pem"] = certificate_in(value)
        else:
            secrets |= settings_in(kind, value)
    known = addresses_of(told, manifest, place) | secrets
    return {"cell.env": lines_of(known, compose), **files}


def wrongs_of(
    manifest: Mapping[str, Any], told: Mapping[str, str], place: Place, zones: Mapping[str, Any], kind: str
) -> Iterator[str]:
    """Where manifest, words, zones.json, the image and the machine itself do not agree."""
    zone = zones["zones"].get(told["DARASA_ZONE"], {})
    entry = zone.get("environments", {}).get(manifest.get("env"), {})
    hosts = manifest.get("hosts", {})
    agree = {
        "schema": [manifest.get("schema"), 1],
        "cell": [manifest.get("cell"), told["DARASA_CELL"]],
        "zone": [manifest.get("zone"), told["DARASA_ZONE"]],
        "region": [manifest.get("region"), told["AWS_REGION"], zone.get("region"), place.region],
        "account": [manifest.get("account_id"), entry.get("account_id"), place.account],
        "parameter": [told["DARASA_MANIFEST"], entry.get("manifest")],
        "queue": [manifest.get("queue"), zone.get("queue")],
        "bucket": [manifest.get("buckets", {}).get("recordings"), entry.get("buckets", {}).get("recordings")],
        "pages": [told.get("PUBLIC_URL", f"https://{hosts.get('meet')}"), f"https://{hosts.get('meet')}"],
        "relay": [told.get("TURN_HOST", hosts.get("turn")), hosts.get("turn")],
        "image": [told["DARASA_ROLE"].partition("-")[0], kind],
    }
    yield from (what for what, values in agree.items() if any(value != values[0] for value in values[1:]))
    key = f"arn:aws:kms:{zone.get('region')}:{entry.get('account_id')}:"
    if not str(manifest.get("kms_key_arn")).startswith(key):
        yield "key"
    inside = f".{told['DARASA_CELL']}.internal"
    hosts_told = [
        *filter(None, told.get("DARASA_SHARDS", "").split(",")),
        urlsplit(told.get("DARASA_URL", "")).hostname,
    ]
    if not all(host.endswith(inside) for host in hosts_told if host):
        yield "names inside"


def settings_in(kind: str, value: str) -> dict[str, str]:
    """What else stands there is for web machines, or sets nothing. Raises Wrong, and names no value."""
    try:
        found = json.loads(value) if value.startswith("{") else {PLAIN[kind]: value}
    except (KeyError, ValueError) as error:
        raise Wrong(f"the secret {kind} holds no settings") from error
    ours = {name: str(one) for name, one in found.items() if name in SECRETS}
    if weak := sorted(name for name, one in ours.items() if not STRONG.fullmatch(one)):
        raise Wrong(f"the secret {kind}: {', '.join(weak)} wants 32 or more of A-Z a-z 0-9 _ -")
    return ours


def certificate_in(value: str) -> str:
    """Key and chain, one after the other."""
    if "PRIVATE KEY-----" not in value or "-----BEGIN CERTIFICATE-----" not in value:
        raise Wrong(f"the secret {CERTIFICATE} is not a key and its certificates, as PEM")
    return f"{value}\n"


def addresses_of(told: Mapping[str, str], manifest: Mapping[str, Any], place: Place) -> dict[str, str]:
    """Under their names in the Compose files; what this kind of machine has no use for stays empty."""
    hosts = manifest["hosts"]
    # Clients come by the public one, recorders and the relay of the cell by the private one.
    both = ",".join(filter(None, (place.public, place.private))) if place.public else ""
    known = {
        "MACHINE": place.machine,
        "HOST_ADDRESS": place.private,
        "PUBLIC_ADDRESS": place.public,
        "REGION": told["DARASA_ZONE"],
        "APP_HOST": hosts["app"],
        "MEET_HOST": hosts["meet"],
        "TURN_HOST": hosts["turn"],
        "TURN_PEERS": range_of(told.get("TURN_PEERS", "")),
        "DARASA_CIDR": told.get("DARASA_CIDR", ""),
        "DARASA_URL": told.get("DARASA_URL", ""),
        "DARASA_HOST": urlsplit(told.get("DARASA_URL", "")).netloc,
        "SIGNALLING_ADDRESS": told.get("DARASA_SHARDS", ""),
        "BRIDGE_NAME": place.machine,
        "BRIDGE_ADDRESS": both,
        "BRIDGE_PRIVATE_ADDRESS": place.private,
    }
    return {name: value for name, value in known.items() if value}


def range_of(network: str) -> str:
    """coturn knows no other way to name a network: first-last."""
    if not network:
        return ""
    addresses = ipaddress.IPv4Network(network)
    return f"{addresses[0]}-{addresses[-1]}"


def lines_of(known: Mapping[str, str], compose: str) -> str:
    """What stands in the Compose file. NotYet for what it must have and nobody said: an address may come later."""
    wanted = {match[1]: bool(match[2]) for match in VARIABLE.finditer(compose)}
    must = {match[1] for match in VARIABLE.finditer(compose) if match[2]}
    if missing := sorted(must - set(known)):
        raise NotYet(f"nobody has said {', '.join(missing)}")
    return "".join(f"{name}={known[name]}\n" for name in sorted(wanted) if name in known)


# What it keeps


def note(learnt: Mapping[str, str], folder: Path, reader: int) -> None:
    """Only what is new: what waits for it (darasa-cell-turn.path, darasa-turn-certificate.path) acts when it changes."""
    for name, text in learnt.items():
        path = folder / name
        if path.exists() and path.read_text() == text:
            continue
        path.parent.mkdir(mode=0o711, exist_ok=True)
        write_private(path, text, reader if path.suffix == ".pem" else None)


def write_private(path: Path, text: str, reader: int | None) -> None:
    """Whole or not at all, and never for a moment readable by others: mkstemp makes mode 600."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            if reader is not None:
                os.fchown(stream.fileno(), reader, -1)
            stream.write(text)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    sys.exit(main())
