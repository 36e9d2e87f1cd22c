"""OpenID Connect: the only Python that speaks it.

`border` the way out · `discovery` documents and keys · `tokens` the verifier · `claims` who it is ·
`flow` sign-in and sign-out · `presets` what is known of known providers · `check` what is wrong with a row
"""

from accounts.oidc.check import Finding, check_provider
from accounts.oidc.claims import Profile, read_profile
from accounts.oidc.discovery import forget
from accounts.oidc.flow import Arrival, Start, begin, begin_reset, end_session_url, finish, wants_reset
from accounts.oidc.presets import PRESETS, fill
from accounts.oidc.tokens import TokenRefused, VerifiedBearer, verify, verify_bearer

__all__ = [
    "PRESETS",
    "Arrival",
    "Finding",
    "Profile",
    "Start",
    "TokenRefused",
    "VerifiedBearer",
    "begin",
    "begin_reset",
    "check_provider",
    "end_session_url",
    "fill",
    "finish",
    "forget",
    "read_profile",
    "verify",
    "verify_bearer",
    "wants_reset",
]
