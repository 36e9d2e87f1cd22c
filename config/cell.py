"""`python -m config.cell`: a machine of a cell learns its settings as it boots, and each minute whether they are still so.

What Terraform tells it (/etc/darasa/cell.env) holds nothing secret. Here the secrets are fetched by the machine's own role,
PostgreSQL's and Redis's addresses are made of their parts, and a manifest that is not this cell's ends the start: a
machine must not serve one zone with the store of another.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from common.machines.aws import connect, translated
from common.refusals import Refused, Unavailable
from common.services.urls import write_private
from config import env

TOLD = Path("/etc/darasa/cell.env")
# Below RuntimeDirectory of jitsi_config/systemd/darasa-cell.service: in memory, and gone with the machine.
LEARNT = Path("/run/darasa/cell.env")
ZONES = env.BASE_DIR / "terraform" / "zones.json"
# A secret that is one word is this setting; one of several is a JSON object of settings.
PLAIN = {"secret-key": "SECRET_KEY", "jitsi": "JITSI_APP_SECRET", "jibri-hooks": "JIBRI_HOOK_SECRET"}
MAY_BE_SECRET = {one.name for one in env.TABLE if one.secret or one.name.startswith("EMAIL_")}


class Papers(Protocol):
    """What the cell keeps for its machines. Raises Unavailable (later) or Refused (no)."""

    def secret(self, name: str) -> str: ...
    def parameter(self, name: str) -> str: ...


class AwsPapers:
    def __init__(self, region: str, endpoint_url: str | None = None) -> None:
        self._secrets = connect("secretsmanager", region, endpoint_url)
        self._parameters = connect("ssm", region, endpoint_url)

    def secret(self, name: str) -> str:
        with translated():
            return str(self._secrets.get_secret_value(SecretId=name)["SecretString"])

    def parameter(self, name: str) -> str:
        with translated():
            return str(self._parameters.get_parameter(Name=name)["Parameter"]["Value"])


def main() -> int:
    told = read_words(TOLD.read_text())
    try:
        learnt = learn(told, AwsPapers(told["AWS_REGION"]), json.loads(ZONES.read_text()))
    except (Refused, Unavailable) as trouble:
        sys.stderr.write(f"This machine does not learn its settings: {trouble.code}\n")
        return 1
    learnt |= {"ALLOWED_HOSTS": known_as(told["ALLOWED_HOSTS"], own_address())}
    note(LEARNT, "".join(f"{name}={in_quotes(value)}\n" for name, value in sorted(learnt.items())))
    return 0


def note(path: Path, text: str) -> None:
    """Only what is new: systemd restarts what reads it when it changes (darasa-cell-turn.path), and asks every minute."""
    if not path.exists() or path.read_text() != text:
        write_private(path, text)


def own_address() -> str:
    """The machine's private one. Nothing is sent: only the way to AWS's own name server is looked up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("169.254.169.253", 53))
        return str(way.getsockname()[0])


def known_as(hosts: str, address: str) -> str:
    """A load balancer asks /healthz of the address: refused, no machine would ever count as well."""
    return f"{hosts},{address}"


def read_words(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line)


def learn(told: Mapping[str, str], papers: Papers, zones: Mapping[str, Any]) -> dict[str, str]:
    """All that a web or worker machine is told, and what it is told in secret. Refused("wrong_cell") for a manifest
    that is not this machine's, Refused("bad_secret") for a secret that holds no settings."""
    manifest = json.loads(papers.parameter(told["DARASA_MANIFEST"]))
    if wrong := sorted(wrongs_of(manifest, told, zones)):
        sys.stderr.write(f"Not as this cell's manifest says: {', '.join(wrong)}\n")
        raise Refused("wrong_cell")
    learnt = dict(told)
    for name in filter(None, told["DARASA_SECRETS"].split(",")):
        learnt |= settings_in(name.rpartition("/")[2], papers.secret(name))
    return learnt | addresses_of(told, json.loads(papers.secret(told["DATABASE_LOGIN"])))


def wrongs_of(
    manifest: Mapping[str, Any], told: Mapping[str, str], zones: Mapping[str, Any]
) -> Iterator[str]:
    """Where manifest, words and zones.json do not agree."""
    zone = zones["zones"].get(told["ZONE"], {})
    place = zone.get("environments", {}).get(manifest.get("env"), {})
    bucket = manifest.get("buckets", {}).get("recordings")
    agree = {
        "schema": [manifest.get("schema"), 1],
        "cell": [manifest.get("cell"), told["DARASA_CELL"]],
        "zone": [manifest.get("zone"), told["ZONE"]],
        "region": [manifest.get("region"), told["AWS_REGION"], zone.get("region")],
        "account": [manifest.get("account_id"), place.get("account_id")],
        "bucket": [bucket, told["S3_BUCKET"], place.get("buckets", {}).get("recordings")],
        "store": [f"{told['ZONE']}={bucket}@{zone.get('region')}", told["S3_ZONES"]],
        "queue": [manifest.get("queue"), zone.get("queue")],
        "parameter": [told["DARASA_MANIFEST"], place.get("manifest")],
    }
    yield from (what for what, values in agree.items() if any(value != values[0] for value in values[1:]))
    key = f"arn:aws:kms:{zone.get('region')}:{place.get('account_id')}:"
    if not str(manifest.get("kms_key_arn")).startswith(key):
        yield "key"


def settings_in(kind: str, value: str) -> dict[str, str]:
    value = value.strip()
    if not value.startswith("{"):
        if kind not in PLAIN:
            raise Refused("bad_secret")
        return {PLAIN[kind]: value}
    try:
        found = {str(name): str(one) for name, one in json.loads(value).items()}
    except ValueError as error:
        raise Refused("bad_secret") from error
    if not set(found) <= MAY_BE_SECRET:
        raise Refused("bad_secret")
    return found


def addresses_of(told: Mapping[str, str], login: Mapping[str, Any]) -> dict[str, str]:
    """Redis has no password: TLS, and two security groups (docs/decisions/0032)."""
    user, password = quote(str(login["username"]), safe=""), quote(str(login["password"]), safe="")
    redis = {
        name: f"rediss://{told[host]}:6379/0?ssl_cert_reqs=required"
        for name, host in (("REDIS_URL", "BROKER_HOST"), ("CHANNELS_REDIS_URL", "CHANNELS_HOST"))
    }
    return {"DATABASE_URL": f"postgresql://{user}:{password}@{told['DATABASE_HOST']}:5432/darasa", **redis}


def in_quotes(value: str) -> str:
    """As systemd reads it: nothing in it means anything. Refused("bad_secret") for more than one line."""
    if not value.isprintable():
        raise Refused("bad_secret")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
