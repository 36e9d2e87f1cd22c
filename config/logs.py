"""What the log leaves out. Read before the apps are loaded, so it imports none of them."""

import logging


class WithoutTraceback(logging.Filter):
    """A refusal is one line of the log: where it was raised says nothing that its address does not."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
