"""Names, certificates and clocks, against real servers of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from common.checkup import Finding, Mark
from common.checkup.network import Clocks, Dns, Tls, judge_clock
from common.services.urls import free_port
from tests.common.checkup.certificates import Issued, issue, shown


def test_a_name_that_leads_somewhere_shows_where() -> None:
    (found,) = Dns(["https://localhost/x", "http://localhost:8000"]).examine()
    assert (found.mark, found.about) == (Mark.FINE, "localhost")
    assert "127.0.0.1" in found.found or "::1" in found.found


def test_a_name_that_leads_nowhere_wants_an_a_record() -> None:
    (found,) = Dns(["https://nowhere.invalid"]).examine()
    assert (found.mark, found.found) == (Mark.FAULT, "no address")
    assert "A record for nowhere.invalid" in found.remedy


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("An authority", is_authority=True)


def look(folder: Path, root: Issued, *certificates: Issued) -> Finding:
    trusted = folder / "root.pem"
    trusted.write_bytes(root.pem)
    with shown(folder, *certificates) as port:
        (found,) = Tls([f"https://localhost:{port}"], trusted=str(trusted)).examine()
    return found


def test_a_good_certificate_shows_its_days_and_who_signed_it(tmp_path: Path, root: Issued) -> None:
    found = look(tmp_path, root, issue("localhost", by=root, days=60.5))
    assert (found.mark, found.found) == (Mark.FINE, "valid for 60 days, by An authority")


def test_one_that_ends_soon_is_a_warning(tmp_path: Path, root: Issued) -> None:
    found = look(tmp_path, root, issue("localhost", by=root, days=20.5))
    assert (found.mark, found.found) == (Mark.WARNING, "valid for 20 days, by An authority")
    assert "certbot" in found.remedy


@pytest.mark.parametrize(
    ("name", "days", "found", "remedy"),
    [
        ("localhost", -1.0, "the certificate has expired", "certbot"),
        ("localhost", 400.0, "the certificate is not valid yet", "timedatectl"),
        ("elsewhere.example", 60.0, "the certificate is for other names", "localhost"),
    ],
)
def test_what_is_wrong_with_a_signed_one(
    name: str, days: float, found: str, remedy: str, tmp_path: Path, root: Issued
) -> None:
    seen = look(tmp_path, root, issue(name, by=root, days=days))
    assert (seen.mark, seen.found) == (Mark.FAULT, found)
    assert remedy in seen.remedy


def test_one_that_signs_itself_is_for_trials(tmp_path: Path, root: Issued) -> None:
    found = look(tmp_path, root, issue("localhost"))
    assert (found.mark, found.found) == (Mark.FAULT, "the certificate is signed by itself")
    assert "--acme-email" in found.remedy


def test_a_chain_without_its_middle_says_what_to_add(tmp_path: Path, root: Issued) -> None:
    middle = issue("In between", by=root, is_authority=True)
    leaf = issue("localhost", by=middle)
    found = look(tmp_path, root, leaf)
    assert (found.mark, found.found) == (Mark.FAULT, "the chain is not complete, or its authority is unknown")
    assert "fullchain.pem" in found.remedy
    assert look(tmp_path, root, leaf, middle).mark == Mark.FINE


def test_a_chain_to_an_unknown_authority_is_named(tmp_path: Path, root: Issued) -> None:
    other = issue("Another authority", is_authority=True)
    found = look(tmp_path, root, issue("localhost", by=other), other)
    assert (found.mark, found.found) == (Mark.FAULT, "the chain ends at an authority that nobody knows")


def test_a_closed_door_names_the_port() -> None:
    port = free_port()
    (found,) = Tls([f"https://localhost:{port}"]).examine()
    assert found.mark == Mark.FAULT and str(port) in found.remedy


def test_plain_addresses_have_no_certificate() -> None:
    (found,) = Tls(["http://localhost"]).examine()
    assert found.mark == Mark.SKIPPED


@contextmanager
def telling_time(date: str | None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(404)  # what it says is of no interest
            if date is not None:
                self.send_header("Date", date)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the tests' screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def clock(date: str | None) -> Finding:
    with telling_time(date) as url:
        (found,) = Clocks({"Prosody": url}).examine()
    return found


def test_a_clock_like_ours_is_fine() -> None:
    assert clock(formatdate(usegmt=True)).mark == Mark.FINE


@pytest.mark.parametrize(
    ("seconds", "mark", "word"),
    [
        (1.9, Mark.FINE, "ours"),
        (2.1, Mark.WARNING, "ahead"),
        (-9.9, Mark.WARNING, "behind"),
        (10.1, Mark.FAULT, "ahead"),
        (-60, Mark.FAULT, "60 s behind"),
    ],
)
def test_how_far_a_clock_may_be_off(seconds: float, mark: Mark, word: str) -> None:
    found = judge_clock("x", seconds)
    assert found.mark == mark and word in found.found
    assert ("set-ntp" in found.remedy) == (mark != Mark.FINE)


def test_a_clock_of_last_year_is_a_fault() -> None:
    found = clock("Thu, 01 Jan 2026 00:00:00 GMT")
    assert found.mark == Mark.FAULT and "behind us" in found.found


@pytest.mark.parametrize("date", [None, "noon"])
def test_a_server_that_tells_no_time_is_passed_over(date: str | None) -> None:
    assert clock(date).mark == Mark.SKIPPED


def test_a_server_that_is_not_there_is_a_warning() -> None:
    (found,) = Clocks({"the store": f"http://127.0.0.1:{free_port()}"}).examine()
    assert (found.mark, found.about) == (Mark.WARNING, "the store")


def test_without_other_servers_there_is_nothing_to_compare() -> None:
    (found,) = Clocks({}).examine()
    assert found.mark == Mark.SKIPPED
