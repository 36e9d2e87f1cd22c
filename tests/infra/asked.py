"""What reached the stand-in, in the words of IAM, and whether a role that was applied may ask for it.

The stand-in lets everybody do everything. So each request that bears one caller's key is read again, as AWS would
before it obeys: the action, what it is for, and what is known of both.
"""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.infra.cell import ACCOUNT

SERVICES = {"monitoring": "cloudwatch"}
# Of a bucket and of an object: method and the word in the query → action.
OF_BUCKETS = {
    ("HEAD", ""): "s3:ListBucket",
    ("GET", ""): "s3:ListBucket",
    ("GET", "list-type"): "s3:ListBucket",
    ("GET", "location"): "s3:GetBucketLocation",
    ("GET", "replication"): "s3:GetReplicationConfiguration",
    ("GET", "uploads"): "s3:ListBucketMultipartUploads",
}
OF_OBJECTS = {
    ("HEAD", ""): "s3:GetObject",
    ("GET", ""): "s3:GetObject",
    ("GET", "uploadId"): "s3:ListMultipartUploadParts",
    ("PUT", ""): "s3:PutObject",
    ("PUT", "uploadId"): "s3:PutObject",
    ("POST", "uploads"): "s3:PutObject",
    ("POST", "uploadId"): "s3:PutObject",
    ("DELETE", ""): "s3:DeleteObject",
    ("DELETE", "uploadId"): "s3:AbortMultipartUpload",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`resource` is the ARN that it is for; `*` where AWS knows no narrower one. `headers` in lower case."""

    action: str
    resource: str
    about: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} of {self.resource}"


class Ear:
    """Hears every request from its making on; `since` is where a test began to listen."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._say("start-recording")

    def asked_by(self, key: str, *, groups: Mapping[str, Mapping[str, str]]) -> list[Asked]:
        """`groups`: name of each auto-scaling group → its ARN under `arn`, and its tags."""
        lines = self._say("download-recording").splitlines()
        entries = [json.loads(line) for line in lines]
        return [
            _asked(entry, headers, scope, groups)
            for entry in entries
            if (headers := {name.lower(): value for name, value in entry["headers"].items()})
            and (scope := _scope_of(headers, key))
        ]

    def _say(self, word: str) -> str:
        verb = "GET" if word == "download-recording" else "POST"
        request = urllib.request.Request(f"{self._url}/moto-api/recorder/{word}", method=verb)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            told: bytes = answer.read()
        return told.decode()


def refused(asked: Sequence[Asked], statements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What nobody allows; each once."""
    wrong = {str(one) for one in asked if not any(_allows(statement, one) for statement in statements)}
    yield from sorted(wrong)


def _allows(statement: Mapping[str, Any], one: Asked) -> bool:
    return (
        statement["Effect"] == "Allow"
        and one.action in _several(statement["Action"])
        and any(fnmatchcase(one.resource, like) for like in _several(statement["Resource"]))
        and all(
            one.about.get(key) in _several(wanted)
            for kind, keys in statement.get("Condition", {}).items()
            for key, wanted in _only_equals(kind, keys).items()
        )
    )


def _only_equals(kind: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    assert kind == "StringEquals", f"{kind} is not understood here"
    return keys


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _scope_of(headers: Mapping[str, str], key: str) -> list[str]:
    """[key, day, region, service, …] of a signature with this key; nothing for others'."""
    told = headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
    return told if told[0] == key else []


def _asked(
    entry: Mapping[str, Any],
    headers: Mapping[str, str],
    scope: list[str],
    groups: Mapping[str, Mapping[str, str]],
) -> Asked:
    region, service = scope[2], SERVICES.get(scope[3], scope[3])
    url = urlsplit(entry["url"])
    if service == "s3":
        return _of_store(entry["method"], url.path, url.query, headers)
    body = base64.b64decode(entry["body"]) if entry["body_encoded"] else entry["body"].encode()
    words = _words(body)
    action = (
        headers.get("x-amz-target", "").rpartition(".")[2] or words.get("Action") or url.path.split("/")[-1]
    )
    about = {"aws:RequestedRegion": region}
    if service == "cloudwatch":
        about["cloudwatch:namespace"] = words.get("Namespace", "") or _after(body, b"Namespace")
        return Asked(f"{service}:{action}", "*", about, headers)
    if service == "sqs":
        account, _, queue = words["QueueUrl"].split("/", 3)[3].partition("/")
        return Asked(f"sqs:{action}", f"arn:aws:sqs:{region}:{account}:{queue}", about, headers)
    if service in {"secretsmanager", "ssm"}:
        return Asked(f"{service}:{action}", _paper(service, region, words), about, headers)
    group = groups.get(words.get("AutoScalingGroupName", ""), {})
    is_narrow = service == "autoscaling" and not action.startswith("Describe")
    about |= {f"aws:ResourceTag/{name}": value for name, value in group.items()}
    return Asked(f"{service}:{action}", group.get("arn", "nobody") if is_narrow else "*", about, headers)


def _paper(service: str, region: str, words: Mapping[str, str]) -> str:
    """A secret asked for by its name has six more letters in its ARN, which only AWS knows."""
    name = words.get("SecretId") or words["Name"]
    if name.startswith("arn:"):
        return name
    return (
        f"arn:aws:ssm:{region}:{ACCOUNT}:parameter{name}"
        if service == "ssm"
        else f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-AbCdEf"
    )


def _of_store(method: str, path: str, query: str, headers: Mapping[str, str]) -> Asked:
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    known = OF_OBJECTS if key else OF_BUCKETS
    asked = parse_qs(query, keep_blank_values=True)
    word = next((word for _, word in known if word and word in asked), "")
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    return Asked(known[(method, word)], resource, {}, headers)


def _words(body: bytes) -> dict[str, str]:
    """Of a form or of a JSON object; of anything else none."""
    text = body.decode(errors="replace")
    if text.startswith("{"):
        return {key: value for key, value in json.loads(text).items() if isinstance(value, str)}
    return {key: values[0] for key, values in parse_qs(text).items()}


def _after(body: bytes, word: bytes) -> str:
    """The text that follows a word in CBOR: its length stands before it, in one byte or two."""
    rest = body.partition(word)[2]
    short = rest[:1] and rest[0] < 0x78
    length, begin = (rest[0] - 0x60, 1) if short else (rest[1], 2)
    return rest[begin : begin + length].decode()
