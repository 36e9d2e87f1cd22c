"""The two ways to say no. Every door translates them once, into its own language."""

from collections.abc import Sequence


class Refused(Exception):
    """No: `code` is a stable word (docs/wire.md, form message, problem code).

    `reasons`, where there are several, are words and sentences: ("teacher_busy", "Tomas is in …").
    """

    def __init__(self, code: str, reasons: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.reasons = reasons


class Unavailable(Exception):
    """Later: something we lean on is away. Tasks retry this and nothing else."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
