"""An S3 bucket: written once, checked by SHA-256 on the way in and read back before success.

`IfNoneMatch="*"` makes the store itself refuse a second writer; a 412 whose stored checksum is
ours is the success of an earlier try whose answer was lost. Large files go in parts, and a killed
upload is continued where it stood.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as StoreConnectionError
from botocore.loaders import Loader, create_loader

from common.crashpoints import crash_point
from common.refusals import Refused, Unavailable
from common.storage.contract import Listed, Stored, checked_key, sha256_of
from common.storage.uploads import Upload, forget_note, read_note, write_note

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PART_SIZE = 8 * 1024 * 1024
_TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_UNSUPPORTED = frozenset({"NotImplemented", "501"})
_GONE = frozenset({"NoSuchUpload"})
_NO_COPIES = frozenset({"ReplicationConfigurationNotFoundError", "NotImplemented", "501"})
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Storage:
    """`endpoint_url` None means the vendor's own; `path_style` for stores without bucket host names."""

    def __init__(
        self,
        bucket: str,
        *,
        region: str,
        endpoint_url: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        path_style: bool = False,
        conditional: bool = True,
        strict_region: bool = False,
        owner: str = "",
        timeout_seconds: float = 60,
    ) -> None:
        """`timeout_seconds`: how long a store may say nothing. `strict_region`: nothing is written into a bucket that is in another region, is copied to one, or does not
        belong to the account `owner`, if one is named."""
        self._bucket, self._region = bucket, region
        self._conditional, self._strict_region = conditional, strict_region
        self._is_in_place, self._owner = not strict_region, owner
        config = _config(path_style=path_style, timeout_seconds=timeout_seconds)
        session = _session(region, access_key, secret_key)
        self._client: S3Client = session.client("s3", endpoint_url=endpoint_url, config=config)

    def put(self, key: str, path: Path, *, content_type: str) -> Stored:
        wanted = Stored(checked_key(key), path.stat().st_size, sha256_of(path))
        send = self._put_whole if wanted.size <= PART_SIZE else self._put_in_parts
        about: dict[str, Any] = {
            "Bucket": self._bucket,
            "Key": key,
            "ContentType": content_type,
            "Metadata": {"sha256": wanted.sha256},
        }
        with _translated():
            self._check_region()
            was_there = not self._send_once(lambda once: send(path, about, once))
            return self._read_back(wanted, path, was_there=was_there)

    def head(self, key: str) -> Stored | None:
        with _translated():
            found = self._head(checked_key(key))
        if found is None:
            return None
        return Stored(key, found["ContentLength"], found.get("Metadata", {}).get("sha256", ""))

    def read(self, key: str) -> Iterator[bytes]:
        with _translated():
            try:
                body = self._client.get_object(Bucket=self._bucket, Key=checked_key(key))["Body"]
            except ClientError as error:
                if _code_of(error) in _ABSENT:
                    raise Refused("not_found") from error
                raise
        return _pieces(body)

    def url(self, key: str, *, expires_seconds: int, filename: str | None = None) -> str:
        params = {"Bucket": self._bucket, "Key": checked_key(key)}
        if filename is not None:
            params["ResponseContentDisposition"] = disposition(filename)
        with _translated():
            return self._client.generate_presigned_url("get_object", Params=params, ExpiresIn=expires_seconds)

    def delete(self, key: str) -> None:
        with _translated():
            self._client.delete_object(Bucket=self._bucket, Key=checked_key(key))

    def listed(self, prefix: str, *, after: str = "", most: int = 1000) -> list[Listed]:
        asked: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix, "MaxKeys": min(most, 1000)}
        if after:
            asked["StartAfter"] = after
        with _translated():
            found = self._client.list_objects_v2(**asked).get("Contents", [])
        return [Listed(one["Key"], one["Size"], one["LastModified"]) for one in found]

    def drop_unfinished(self, *, before: datetime) -> int:
        with _translated():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket)
            old = [one for page in pages for one in page.get("Uploads", []) if one["Initiated"] < before]
            for one in old:
                self._abort({"Bucket": self._bucket, "Key": one["Key"]}, one["UploadId"])
        return len(old)

    def where(self) -> str:
        """The region that the store says the bucket is in."""
        with _translated():
            return self._region_of(self._bucket)

    def check_place(self) -> None:
        """Raises Refused("wrong_region") or Refused("replica_outside")."""
        with _translated():
            self._check_region()

    def _check_region(self) -> None:
        """Asked once a process, before anything is written: a bucket elsewhere never gets a byte."""
        if self._is_in_place:
            return
        if self._region_of(self._bucket) != self._region:
            raise Refused("wrong_region")
        if any(self._region_of(copy) != self._region for copy in self._copies()):
            raise Refused("replica_outside")
        self._is_in_place = True

    def _region_of(self, bucket: str) -> str:
        """Of the vendor's own stores; others may have one region alone and not say which."""
        mine = {"ExpectedBucketOwner": self._owner} if self._owner and bucket == self._bucket else {}
        told: str = self._client.head_bucket(Bucket=bucket, **mine).get("BucketRegion") or ""
        if told:
            return told
        located: str | None = self._client.get_bucket_location(Bucket=bucket).get("LocationConstraint")
        return located or self._region

    def _copies(self) -> list[str]:
        """Buckets to which this one is copied by itself."""
        try:
            rules = self._client.get_bucket_replication(Bucket=self._bucket)["ReplicationConfiguration"][
                "Rules"
            ]
        except ClientError as error:
            if _code_of(error) in _NO_COPIES:
                return []
            raise
        return [
            rule["Destination"]["Bucket"].rpartition(":")[2] for rule in rules if rule["Status"] == "Enabled"
        ]

    def _send_once(self, send: Callable[[dict[str, Any]], None]) -> bool:
        """False when an object of this key was there before."""
        try:
            send({"IfNoneMatch": "*"} if self._conditional else {})
        except ClientError as error:
            code = _code_of(error)
            if code in _TAKEN:
                return False
            if code not in _UNSUPPORTED or not self._conditional:
                raise
            self._conditional = False
            send({})
        return True

    def _put_whole(self, path: Path, about: dict[str, Any], once: dict[str, Any]) -> None:
        body = path.read_bytes()
        self._client.put_object(**about, **once, Body=body, ChecksumSHA256=_digest(body))

    def _put_in_parts(self, path: Path, about: dict[str, Any], once: dict[str, Any]) -> None:
        """Continues what a killed process had begun. After an error the parts stay for the next try, unless
        the store says that there is nothing to try: `drop_unfinished` gives up what nobody came back for."""
        target = {"Bucket": about["Bucket"], "Key": about["Key"]}
        upload = self._begin(path, about, target)
        crash_point("storage.begun")
        for number, body in enumerate(_parts(path), 1):
            if number not in upload.parts:
                upload.parts[number] = self._send_part(target, upload.upload_id, number, body)
                write_note(path, upload)
                crash_point("storage.part_sent")
        parts: Any = [
            {"PartNumber": number, "ETag": etag, "ChecksumSHA256": checksum}
            for number, (etag, checksum) in sorted(upload.parts.items())
        ]
        try:
            self._client.complete_multipart_upload(
                **target, **once, UploadId=upload.upload_id, MultipartUpload={"Parts": parts}
            )
        except ClientError as error:
            if _code_of(error) in _GONE and self._head(about["Key"]) is not None:
                return forget_note(path)  # completed already, and the answer was lost
            self._abort(target, upload.upload_id)
            forget_note(path)
            raise
        return forget_note(path)

    def _begin(self, path: Path, about: dict[str, Any], target: dict[str, Any]) -> Upload:
        wanted = Upload(self._bucket, about["Key"], about["Metadata"]["sha256"], PART_SIZE)
        known = read_note(path, wanted)
        if known.upload_id and self._keep_what_arrived(known, target):
            return known
        wanted.upload_id = self._client.create_multipart_upload(**about, ChecksumAlgorithm="SHA256")[
            "UploadId"
        ]
        write_note(path, wanted)
        return wanted

    def _keep_what_arrived(self, known: Upload, target: dict[str, Any]) -> bool:
        """Only the parts that the store lists as they were sent; False when it knows nothing of the upload."""
        listed: dict[int, str] = {}
        try:
            for page in self._client.get_paginator("list_parts").paginate(**target, UploadId=known.upload_id):
                listed |= {part["PartNumber"]: part["ETag"] for part in page.get("Parts", [])}
        except ClientError as error:
            if _code_of(error) in _GONE | _ABSENT:
                return False
            raise
        known.parts = {n: told for n, told in known.parts.items() if listed.get(n) == told[0]}
        return True

    def _send_part(self, target: dict[str, Any], upload: str, number: int, body: bytes) -> tuple[str, str]:
        checksum = _digest(body)
        answer = self._client.upload_part(
            **target, UploadId=upload, PartNumber=number, Body=body, ChecksumSHA256=checksum
        )
        return answer["ETag"], checksum

    def _abort(self, target: dict[str, Any], upload: str) -> None:
        """Best effort: what stays behind is given up by `drop_unfinished`, or by the bucket's lifecycle rule."""
        try:
            self._client.abort_multipart_upload(**target, UploadId=upload)
        except (BotoCoreError, ClientError):
            return

    def _head(self, key: str) -> Any | None:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if _code_of(error) in _ABSENT:
                return None
            raise

    def _read_back(self, wanted: Stored, path: Path, *, was_there: bool) -> Stored:
        """Size and digest as they were sent, and the bytes: by the store's own checksum of what it holds, or,
        when it shows none that can be compared, by reading all of it again."""
        found = self._head(wanted.key)
        if found is None:
            raise Unavailable("store_lost_it")
        digest = found.get("Metadata", {}).get("sha256", "")
        is_ours = (found["ContentLength"], digest) == (wanted.size, wanted.sha256)
        is_whole = is_ours and self._holds_the_bytes(found.get("ChecksumSHA256"), wanted, path)
        if not is_whole and was_there:
            raise Refused("key_taken")  # for good: what is there cannot be written again
        if not is_whole:
            raise Unavailable("store_damaged_it")
        return wanted

    def _holds_the_bytes(self, shown: str | None, wanted: Stored, path: Path) -> bool:
        expected = _checksum_of(path) if shown else ""
        # Some stores leave out the `-N` of a composite.
        if shown and shown in {expected, expected.partition("-")[0]}:
            return True
        body = self._client.get_object(Bucket=self._bucket, Key=wanted.key)["Body"]
        sum_ = hashlib.sha256()
        for piece in _pieces(body):
            sum_.update(piece)
        return sum_.hexdigest() == wanted.sha256


def disposition(filename: str) -> str:
    """A `Content-Disposition` that downloads under `filename`, whatever its script (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _config(*, path_style: bool, timeout_seconds: float) -> Config:
    # The bucket's own region in the name: the address for all regions redirects, and a signature does not.
    style: Any = {
        "addressing_style": "path" if path_style else "virtual",
        "us_east_1_regional_endpoint": "regional",
    }
    retries: Any = {"mode": "standard", "max_attempts": 3}
    return Config(
        signature_version="s3v4",
        s3=style,
        retries=retries,
        connect_timeout=5,
        read_timeout=timeout_seconds,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _session(region: str, access_key: str | None, secret_key: str | None) -> boto3.session.Session:
    vendor = botocore.session.get_session()
    vendor.register_component("data_loader", _descriptions())
    return boto3.session.Session(access_key, secret_key, region_name=region, botocore_session=vendor)


@cache
def _descriptions() -> Loader:
    """What the vendor says of its own services: a tenth of a second of a processor to read, and the same for every store."""
    return create_loader()


@contextmanager
def _translated() -> Iterator[None]:
    """The vendor's errors as ours: what may pass by itself is Unavailable, the rest Refused."""
    try:
        yield
    except (StoreConnectionError, HTTPClientError) as error:
        raise Unavailable("store_unreachable") from error
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 or status == 429:
            raise Unavailable("store_busy") from error
        raise Refused("no_such_bucket" if _code_of(error) == "NoSuchBucket" else "store_refused") from error
    except BotoCoreError as error:
        raise Refused("store_misconfigured") from error


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _digest(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _composite(checksums: list[str]) -> str:
    """S3's checksum of checksums for a multipart object: base64, then `-` and the number of parts."""
    joined = b"".join(base64.b64decode(checksum) for checksum in checksums)
    return f"{_digest(joined)}-{len(checksums)}"


def _checksum_of(path: Path) -> str:
    """What the store must show of this file, sent as `put` sends it."""
    if path.stat().st_size <= PART_SIZE:
        return _digest(path.read_bytes())
    return _composite([_digest(body) for body in _parts(path)])


def _pieces(body: Any) -> Iterator[bytes]:
    with _translated():
        yield from body.iter_chunks(PART_SIZE // 32)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while body := file.read(PART_SIZE):
            yield body
