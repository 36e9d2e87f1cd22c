"""The two ways to say no. Every door translates them once, into its own language."""


class Refused(Exception):
    """No: `code` is a stable word (docs/wire.md, form message, problem code)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unavailable(Exception):
    """Later: something we lean on is away. Tasks retry this and nothing else."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
