"""The two ways to say no. Doors translate them once; tasks retry only `Unavailable`."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818
    """No, and asking again will not help; `code` is a stable word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unavailable(Exception):  # noqa: N818
    """Not now; asking again later may help; `code` is a stable word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
