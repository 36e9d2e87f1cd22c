"""All checks at the same time, each within its time: one that hangs costs the others nothing.

A check runs in a daemon thread, because nothing in Python takes a thread back from a call that hangs: it is left
behind, and ends with the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from django.db import connections
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.checkup.findings import Finding, Mark, fault

LONGEST_ERROR = 200


class Check(Protocol):
    """`name` is the word that `--only` takes, `title` says what is looked at."""

    name: ClassVar[str]
    title: ClassVar[str | Promise]

    def examine(self) -> Iterable[Finding]:
        """One finding for each thing looked at, as soon as it is known. May raise: that is a fault."""


@dataclass(slots=True)
class Report:
    check: Check
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_healthy(self) -> bool:
        return all(finding.mark != Mark.FAULT for finding in self.findings)


def examine_all(checks: Sequence[Check], *, seconds: float) -> list[Report]:
    """In the order of `checks`, after at most so many seconds. What was found before the time was over is kept."""
    language = translation.get_language()
    running = [_Run(check, language) for check in checks]
    for run in running:
        run.thread.start()
    deadline = time.monotonic() + seconds
    for run in running:
        run.thread.join(max(0.0, deadline - time.monotonic()))
    return [run.close(seconds) for run in running]


class _Run:
    """One check in a thread of its own. After `close` nothing it still finds is heard."""

    def __init__(self, check: Check, language: str | None) -> None:
        self.report = Report(check)
        self.language = language
        self.began = time.monotonic()
        self.is_done = False
        self.thread = threading.Thread(target=self._examine, name=f"check-{check.name}", daemon=True)

    def _examine(self) -> None:
        check = self.report.check
        try:
            with translation.override(self.language):
                for finding in check.examine():
                    self.report.findings.append(finding)
        except Exception as error:  # whatever breaks in a check is what the check has found
            self.report.findings.append(_broken(check, error))
        finally:
            self.report.seconds, self.is_done = time.monotonic() - self.began, True
            connections.close_all()

    def close(self, seconds: float) -> Report:
        if self.is_done:
            return self.report
        check = self.report.check
        said = _("no answer within %(seconds)s seconds") % {"seconds": f"{seconds:g}"}
        remedy = _("Something it asks accepts and then hangs: look at that one's log, then restart it.")
        late = fault(str(check.title), said, remedy)
        return Report(check, [*self.report.findings, late], seconds)


def _broken(check: Check, error: Exception) -> Finding:
    said = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_ERROR]
    remedy = _("Mend what the error names; if it names nothing of yours, it is a fault of Darasa: report it.")
    return fault(str(check.title), said, remedy)


def tell_age(seconds: float) -> str:
    """How long ago, in the largest unit that leaves at least one."""
    if seconds < 120:
        return _("%(count)d s") % {"count": max(0, seconds)}
    if seconds < 7200:
        return _("%(count)d min") % {"count": seconds // 60}
    if seconds < 172_800:
        return _("%(count)d h") % {"count": seconds // 3600}
    return _("%(count)d days") % {"count": seconds // 86_400}
