"""What is known of known providers: it fills a new row, and everything may be changed afterwards."""

from __future__ import annotations

from typing import Any

from accounts.models import IdentityProvider, Preset

_MICROSOFT_CLAIMS = {"subject": ["oid", "sub"], "roles": ["roles", "groups"]}

# `{…}` are for the head to fill in: the form shows these addresses as they stand here.
PRESETS: dict[Preset, dict[str, Any]] = {
    Preset.UNICEF_B2C: {
        "label": "UNICEF",
        "issuer": "https://unicefpartners.b2clogin.com/{tenant-guid}/v2.0/",
        "discovery_url": (
            "https://unicefpartners.b2clogin.com/unicefpartners.onmicrosoft.com/"
            "b2c_1A_UNICEF_PARTNERS_signup_signin/v2.0/.well-known/openid-configuration"
        ),
        "scopes": ["openid", "profile", "email"],
        "accepted_policies": ["b2c_1A_UNICEF_PARTNERS_signup_signin"],
        "reset_policy": "B2C_1_PasswordResetPolicy",
        "claim_map": {
            **_MICROSOFT_CLAIMS,
            "email": ["emails", "email", "signInNames.emailAddress"],
            "roles": ["extension_roles", "roles", "groups"],
        },
        "jit": "none",
    },
    Preset.UNICEF_ENTRA: {
        "label": "UNICEF staff",
        "issuer": "https://login.microsoftonline.com/{tenant-guid}/v2.0",
        "discovery_url": (
            "https://login.microsoftonline.com/{tenant-guid}/v2.0/.well-known/openid-configuration"
        ),
        "scopes": ["openid", "profile", "email"],
        "accepted_tenants": ["{tenant-guid}"],
        "claim_map": {**_MICROSOFT_CLAIMS, "email": ["email"]},
        "jit": "domain",
    },
    Preset.ENTRA_EXTERNAL_ID: {
        "label": "Microsoft",
        # The issuer's host is the tenant's GUID, whatever name the discovery is asked under.
        "issuer": "https://{tenant-guid}.ciamlogin.com/{tenant-guid}/v2.0",
        "discovery_url": (
            "https://{subdomain}.ciamlogin.com/{tenant-guid}/v2.0/.well-known/openid-configuration"
        ),
        "scopes": ["openid", "profile", "email"],
        "accepted_tenants": ["{tenant-guid}"],
        "claim_map": _MICROSOFT_CLAIMS,
        "jit": "none",
    },
    Preset.EDU_ID: {
        "label": "SWITCH edu-ID",
        "issuer": "https://login.eduid.ch/",
        "discovery_url": "https://login.eduid.ch/.well-known/openid-configuration",
        "scopes": ["openid", "profile", "email", "https://login.eduid.ch/authz/User.Read"],
        "claim_map": {"roles": ["eduPersonScopedAffiliation", "swissEduPersonHomeOrganization"]},
        "jit": "none",
        "logs_out_locally": True,
    },
    Preset.GENERIC: {
        "label": "",
        "issuer": "https://",
        "discovery_url": "https://",
        "scopes": ["openid", "profile", "email"],
        "jit": "none",
    },
}


def fill(provider: IdentityProvider, preset: Preset) -> IdentityProvider:
    """`provider` with the preset's values, not saved."""
    provider.preset = preset
    for name, value in PRESETS[preset].items():
        setattr(provider, name, value)
    return provider
