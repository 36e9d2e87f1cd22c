"""An S3 that verifies what it is told and misbehaves on demand: for what a polite stand-in never does.

moto takes any checksum for true; this one refuses a body, a part or a whole of parts that does not have the SHA-256
that it came with.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SLOW_SECONDS = 1.5
_PART = re.compile(rb"<Part>(.*?)</Part>", re.DOTALL)
_FIELD = re.compile(rb"<(PartNumber|ETag|ChecksumSHA256)>(?:&quot;|\")?(.*?)(?:&quot;|\")?</\1>")


@dataclass(slots=True)
class Begun:
    """An upload in parts: number → body; `claims` are the object's metadata."""

    key: str
    claims: dict[str, str]
    parts: dict[int, bytes] = field(default_factory=dict)


class FaultS3(ThreadingHTTPServer):
    """`faults`: what the next writes suffer, one after the other, be they objects, parts or the end of an upload.
    "busy" (503), "slow" (done, and answered late), "cut" (no answer, nothing stored), "partial" (hung up in the middle
    of the body), "lost" (stored, and no answer), "half" (of an object half is stored, under the claims of all; a part
    of which half arrives is refused, as its checksum says); "" is none. `sent`: which parts came whole, in that order.
    While it `is_down` it hangs up on everybody.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.empty()
        super().__init__(("127.0.0.1", 0), Handler)

    def empty(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.uploads: dict[str, Begun] = {}
        self.faults: list[str] = []
        self.puts = 0
        self.sent: list[int] = []
        self.is_down = False
        self.refused = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next_fault(self) -> str:
        return self.faults.pop(0) if self.faults else ""


class Handler(BaseHTTPRequestHandler):
    server: FaultS3
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        return

    def parse_request(self) -> bool:
        if self.server.is_down:
            self.server.refused += 1
            self.hang_up()
        return not self.server.is_down and super().parse_request()

    @property
    def key(self) -> str:
        return urlsplit(self.path).path

    @property
    def asked(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def do_PUT(self) -> None:
        self.server.puts += 1
        fault = self.server.next_fault()
        if fault == "partial":
            self.rfile.read(int(self.headers["Content-Length"]) // 2)
            return self.hang_up()
        body = self.body()
        if self.is_refused(fault):
            return None
        told = self.headers.get("x-amz-checksum-sha256", "")
        if told != digest_of(body):
            return self.fail(400, "BadDigest")
        if "partNumber" in self.asked:
            return self.keep_part(body, fault)
        return self.keep_object(body, claims_of(self.headers), fault)

    def do_POST(self) -> None:
        body = self.body()
        if "uploads" in self.asked:
            upload = uuid.uuid4().hex
            self.server.uploads[upload] = Begun(self.key, claims_of(self.headers))
            told = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            return self.answer_xml(told)
        fault = self.server.next_fault()
        return None if self.is_refused(fault) else self.complete(body, fault)

    def do_DELETE(self) -> None:
        if self.server.uploads.pop(self.asked.get("uploadId", ""), None) is None:
            return self.fail(404, "NoSuchUpload")
        return self.answer(204, {})

    def is_refused(self, fault: str) -> bool:
        """Whether the fault has answered, or hung up, already."""
        if fault == "busy":
            self.fail(503, "SlowDown")
        elif fault in ("cut", "partial"):
            self.hang_up()
        elif fault == "slow":
            time.sleep(SLOW_SECONDS)
        return fault in ("busy", "cut", "partial")

    def keep_object(self, body: bytes, claims: dict[str, str], fault: str) -> None:
        if self.headers.get("If-None-Match") == "*" and self.key in self.server.objects:
            return self.fail(412, "PreconditionFailed")
        self.server.objects[self.key] = (body[: len(body) // 2] if fault == "half" else body, claims)
        return self.hang_up() if fault == "lost" else self.answer(200, {})

    def keep_part(self, body: bytes, fault: str) -> None:
        upload = self.server.uploads.get(self.asked["uploadId"])
        if upload is None:
            return self.fail(404, "NoSuchUpload")
        if fault == "half":
            return self.fail(400, "BadDigest")
        number = int(self.asked["partNumber"])
        upload.parts[number] = body
        self.server.sent.append(number)
        return self.hang_up() if fault == "lost" else self.answer(200, {"ETag": etag_of(body)})

    def complete(self, told: bytes, fault: str) -> None:
        upload = self.server.uploads.get(self.asked.get("uploadId", ""))
        if upload is None:
            return self.fail(404, "NoSuchUpload")
        named = [dict(_FIELD.findall(part)) for part in _PART.findall(told)]
        bodies = [upload.parts.get(int(part[b"PartNumber"]), b"") for part in named]
        if [part[b"ChecksumSHA256"].decode() for part in named] != [digest_of(body) for body in bodies]:
            return self.fail(400, "InvalidPart")
        if self.headers.get("If-None-Match") == "*" and self.key in self.server.objects:
            return self.fail(412, "PreconditionFailed")
        whole = b"".join(bodies)
        self.server.objects[self.key] = (
            whole[: len(whole) // 2] if fault == "half" else whole,
            upload.claims,
        )
        del self.server.uploads[self.asked["uploadId"]]
        done = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
        return self.hang_up() if fault == "lost" else self.answer_xml(done)

    def do_HEAD(self) -> None:
        self.show(with_body=False)

    def do_GET(self) -> None:
        if "uploadId" in self.asked:
            return self.list_parts()
        return self.show(with_body=True)

    def list_parts(self) -> None:
        upload = self.server.uploads.get(self.asked["uploadId"])
        if upload is None:
            return self.fail(404, "NoSuchUpload")
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{etag_of(body)}</ETag><Size>{len(body)}</Size></Part>"
            for number, body in sorted(upload.parts.items())
        )
        return self.answer_xml(
            f"<ListPartsResult><IsTruncated>false</IsTruncated>{parts}</ListPartsResult>".replace(
                '"', "&quot;"
            )
        )

    def show(self, *, with_body: bool) -> None:
        if self.key not in self.server.objects:
            return self.answer(404, {})
        body, claims = self.server.objects[self.key]
        # Shows no checksum of its own: whoever wants to be sure has to read.
        return self.answer(200, claims, body, with_body=with_body)

    def answer_xml(self, told: str) -> None:
        self.answer(200, {"Content-Type": "application/xml"}, told.encode())

    def answer(
        self, status: int, headers: dict[str, str], body: bytes = b"", *, with_body: bool = True
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        with suppress(BrokenPipeError, ConnectionResetError):  # who lost patience hears no answer
            self.end_headers()
            self.wfile.write(body if with_body else b"")

    def fail(self, status: int, code: str) -> None:
        told = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.answer(status, {"Content-Type": "application/xml"}, told)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


def digest_of(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def claims_of(headers: Message) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower().startswith("x-amz-meta")}


@contextmanager
def fault_s3() -> Iterator[FaultS3]:
    server = FaultS3()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
