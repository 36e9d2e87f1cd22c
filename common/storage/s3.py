"""An S3 bucket: written once, checked by SHA-256 on the way in and read back before success.

`IfNoneMatch="*"` makes the store itself refuse a second writer; a 412 whose stored checksum is
ours is the success of an earlier try whose answer was lost.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as StoreConnectionError

from common.refusals import Refused, Unavailable
from common.storage.contract import Stored, checked_key, sha256_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PART_SIZE = 8 * 1024 * 1024
_TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_UNSUPPORTED = frozenset({"NotImplemented", "501"})
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
    ) -> None:
        self._bucket = bucket
        self._conditional = conditional
        self._client = _connect(region, endpoint_url, access_key, secret_key, path_style=path_style)

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
            checksum = self._send_once(lambda once: send(path, about, once))
            return self._read_back(wanted, checksum)

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

    def _send_once(self, send: Callable[[dict[str, Any]], str]) -> str | None:
        """The checksum the store must show, or None when the object was there before."""
        try:
            return send({"IfNoneMatch": "*"} if self._conditional else {})
        except ClientError as error:
            code = _code_of(error)
            if code in _TAKEN:
                return None
            if code not in _UNSUPPORTED or not self._conditional:
                raise
            self._conditional = False
            return send({})

    def _put_whole(self, path: Path, about: dict[str, Any], once: dict[str, Any]) -> str:
        body = path.read_bytes()
        checksum = _digest(body)
        self._client.put_object(**about, **once, Body=body, ChecksumSHA256=checksum)
        return checksum

    def _put_in_parts(self, path: Path, about: dict[str, Any], once: dict[str, Any]) -> str:
        target = {"Bucket": about["Bucket"], "Key": about["Key"]}
        upload = self._client.create_multipart_upload(**about, ChecksumAlgorithm="SHA256")["UploadId"]
        try:
            parts = [self._send_part(target, upload, n, body) for n, body in enumerate(_parts(path), 1)]
            self._client.complete_multipart_upload(
                **target, **once, UploadId=upload, MultipartUpload={"Parts": parts}
            )
        except BaseException:
            self._abort(target, upload)
            raise
        return _composite([part["ChecksumSHA256"] for part in parts])

    def _send_part(self, target: dict[str, Any], upload: str, number: int, body: bytes) -> Any:
        checksum = _digest(body)
        answer = self._client.upload_part(
            **target, UploadId=upload, PartNumber=number, Body=body, ChecksumSHA256=checksum
        )
        return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}

    def _abort(self, target: dict[str, Any], upload: str) -> None:
        """Best effort: parts that stay behind cost money; the bucket's lifecycle rule ends them too."""
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

    def _read_back(self, wanted: Stored, checksum: str | None) -> Stored:
        found = self._head(wanted.key)
        if found is None:
            raise Unavailable("store_lost_it")
        digest = found.get("Metadata", {}).get("sha256", "")
        is_ours = (found["ContentLength"], digest) == (wanted.size, wanted.sha256)
        if checksum is None and not is_ours:
            raise Refused("key_taken")  # for good: what is there cannot be written again
        if not is_ours or not _agrees(found.get("ChecksumSHA256"), checksum):
            raise Unavailable("store_damaged_it")
        return wanted


def disposition(filename: str) -> str:
    """A `Content-Disposition` that downloads under `filename`, whatever its script (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _connect(
    region: str, endpoint_url: str | None, access_key: str | None, secret_key: str | None, *, path_style: bool
) -> S3Client:
    style: Any = {"addressing_style": "path" if path_style else "auto"}
    retries: Any = {"mode": "standard", "max_attempts": 3}
    config = Config(
        signature_version="s3v4",
        s3=style,
        retries=retries,
        connect_timeout=5,
        read_timeout=60,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    session = boto3.session.Session(access_key, secret_key, region_name=region)
    return session.client("s3", endpoint_url=endpoint_url, config=config)


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


def _agrees(seen: str | None, expected: str | None) -> bool:
    """A store that shows no checksum cannot contradict; some leave out the `-N` of a composite."""
    return seen is None or expected is None or seen in {expected, expected.partition("-")[0]}


def _pieces(body: Any) -> Iterator[bytes]:
    with _translated():
        yield from body.iter_chunks(PART_SIZE // 32)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while body := file.read(PART_SIZE):
            yield body
