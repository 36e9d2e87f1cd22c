"""Where people sign in with somebody else's password: identity providers, and who is whom there."""

from __future__ import annotations

import base64
import hashlib
import os
import uuid

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Institution, Person

# An environment variable that a row may name. Any other name would let a row read our own secrets out.
SECRET_ENV_PREFIX = "OIDC_SECRET_"  # noqa: S105  a name


class Preset(models.TextChoices):
    UNICEF_B2C = "unicef-b2c", _("UNICEF partners (Azure AD B2C)")
    UNICEF_ENTRA = "unicef-entra", _("UNICEF staff (Microsoft Entra)")
    ENTRA_EXTERNAL_ID = "entra-external-id", _("Microsoft Entra External ID")
    EDU_ID = "edu-id", _("SWITCH edu-ID")
    GENERIC = "generic", _("Any other OpenID Connect provider")


class JustInTime(models.TextChoices):
    """Whether a person who is not known yet is made at the first sign-in."""

    NONE = "none", _("No: people are invited first")
    DOMAIN = "domain", _("Yes, with an address in one of the listed domains")
    ANY = "any", _("Yes, everybody whom the provider lets in")


def _rs256() -> list[str]:
    return ["RS256"]


class IdentityProvider(models.Model):
    """One way to sign in to one institution. Its issuer is pinned: nothing is ever read from a token's own address.

    `trusts_email` and `email_domains` are the platform's word that the provider proves addresses;
    without it a head could sign in as anybody, in any school, whose address they can write down.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="identity_providers")
    slug = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=100)
    preset = models.CharField(max_length=20, choices=Preset, default=Preset.GENERIC)
    issuer = models.CharField(max_length=300, help_text="Exactly as in the tokens, slash and all.")
    discovery_url = models.CharField(max_length=500)
    client_id = models.CharField(max_length=200)
    secret_env = models.CharField(max_length=80, blank=True, default="")
    secret_sealed = models.TextField(blank=True, default="")
    scopes = models.JSONField(default=list, blank=True)
    audiences = models.JSONField(default=list, blank=True, help_text="Of access tokens to our API.")
    algs = models.JSONField(default=_rs256, blank=True)
    accepted_policies = models.JSONField(default=list, blank=True)
    accepted_tenants = models.JSONField(default=list, blank=True)
    accepted_clients = models.JSONField(default=list, blank=True)
    accepts_id_tokens = models.BooleanField(default=False, help_text="As bearer at the API.")
    claim_map = models.JSONField(default=dict, blank=True)
    email_domains = models.JSONField(default=list, blank=True)
    trusts_email = models.BooleanField(default=False)
    jit = models.CharField(max_length=10, choices=JustInTime, default=JustInTime.NONE)
    role_map = models.JSONField(default=dict, blank=True)
    logout_url = models.CharField(max_length=500, blank=True, default="")
    logs_out_locally = models.BooleanField(default=False)
    reset_policy = models.CharField(max_length=100, blank=True, default="")
    is_active = models.BooleanField(default=True)
    degraded_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["issuer"], name="provider_by_issuer")]

    def __str__(self) -> str:
        return self.label

    @property
    def client_secret(self) -> str:
        """In clear, for the token endpoint only. "" for a public client, or when the key has changed."""
        if self.secret_env.startswith(SECRET_ENV_PREFIX):
            return os.environ.get(self.secret_env, "")
        return open_secret(self.secret_sealed)

    def trusts_domain_of(self, email: str) -> bool:
        return email.rpartition("@")[2].lower() in {str(domain).lower() for domain in self.email_domains}


class Identity(models.Model):
    """Who somebody is at a provider: its subject, never the address, which changes hands.

    The issuer is part of the key, so that a row that is pointed elsewhere recognises nobody of before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="identities")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    email = models.CharField(
        max_length=254, blank=True, default="", help_text="As last told; proves nothing."
    )
    granted_roles = models.JSONField(default=list, help_text="Roles that the provider's claims gave.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "issuer", "subject"], name="one_person_a_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.provider}"


class ProviderSession(models.Model):
    """Which of our sessions came from which of the provider's, for its back-channel logout."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="sessions")
    sid = models.CharField(max_length=255, blank=True, default="")
    subject = models.CharField(max_length=255)
    session_key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["provider", "sid"], name="provider_session_by_sid"),
            models.Index(fields=["provider", "subject"], name="provider_session_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.sid}"


def seal_secret(secret: str) -> str:
    return _fernet().encrypt(secret.encode()).decode() if secret else ""


def open_secret(sealed: str) -> str:
    try:
        return _fernet().decrypt(sealed.encode()).decode() if sealed else ""
    except InvalidToken:
        return ""


def _fernet() -> Fernet:
    """A key of its own out of SECRET_KEY: who changes that types the providers' secrets again."""
    digest = hashlib.sha256(b"darasa.identity-provider.secret\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
