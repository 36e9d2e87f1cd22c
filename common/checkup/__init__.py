"""Looking at a running installation: each check says of each thing what it found, and what to do about it."""

from common.checkup.examination import Check, Report, examine_all, tell_age
from common.checkup.findings import Finding, Mark, fault, fine, skipped, warning

__all__ = [
    "Check",
    "Finding",
    "Mark",
    "Report",
    "examine_all",
    "fault",
    "fine",
    "skipped",
    "tell_age",
    "warning",
]
