"""Whose certificates are believed, read once a process.

To read the bundle takes 20 ms of a processor, and a client of httpx that is given none reads it: more than a whole
question to a bridge costs. A bundle that changes (SSL_CERT_FILE) is read at the next start, like every setting.
"""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """For `verify=`; may be shared by clients and threads."""
    return httpx.create_ssl_context()
