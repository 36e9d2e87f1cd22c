"""An S3 that verifies what it is told and misbehaves on demand: for what a polite stand-in never does.

moto takes any checksum for true; this one refuses a body that does not have the SHA-256 it came with.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FaultS3(ThreadingHTTPServer):
    """`faults`: what the next PUTs suffer, one after the other: "busy" (503), "lost" (stored, and no answer),
    "half" (half of it is stored, under the name and the claims of all), "cut" (no answer, nothing stored)."""

    daemon_threads = True

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.faults: list[str] = []
        self.puts = 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: FaultS3
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.puts += 1
        fault = self.server.faults.pop(0) if self.server.faults else ""
        if fault in ("busy", "cut"):
            return self.fail(503, "SlowDown") if fault == "busy" else self.hang_up()
        told = self.headers.get("x-amz-checksum-sha256", "")
        if told != base64.b64encode(hashlib.sha256(body).digest()).decode():
            return self.fail(400, "BadDigest")
        key = self.path.partition("?")[0]
        if self.headers.get("If-None-Match") == "*" and key in self.server.objects:
            return self.fail(412, "PreconditionFailed")
        kept = body[: len(body) // 2] if fault == "half" else body
        claims = {
            name: value for name, value in self.headers.items() if name.lower().startswith("x-amz-meta")
        }
        self.server.objects[key] = (kept, claims)
        return self.hang_up() if fault == "lost" else self.answer(200, {})

    def do_HEAD(self) -> None:
        self.show(with_body=False)

    def do_GET(self) -> None:
        self.show(with_body=True)

    def show(self, *, with_body: bool) -> None:
        key = self.path.partition("?")[0]
        if key not in self.server.objects:
            return self.answer(404, {})
        body, claims = self.server.objects[key]
        # Shows no checksum of its own: whoever wants to be sure has to read.
        return self.answer(200, claims, body, with_body=with_body)

    def answer(
        self, status: int, headers: dict[str, str], body: bytes = b"", *, with_body: bool = True
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def fail(self, status: int, code: str) -> None:
        told = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.answer(status, {"Content-Type": "application/xml"}, told)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


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
