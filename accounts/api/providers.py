"""Bearer tokens as the identity providers of the institutions sign them."""

from uuid import uuid5

from accounts import oidc
from accounts.bearer import Bearer, BearerRefused


def verify_by_provider(token: str) -> Bearer:
    """By the identity provider of an institution, which opens that institution and no other."""
    try:
        found = oidc.verify_bearer(token)
    except oidc.TokenRefused as refused:
        raise BearerRefused("invalid_token") from refused
    if not found.is_app and found.person is None:
        raise BearerRefused("unknown_person")
    account = uuid5(found.provider.pk, found.subject) if found.is_app else None
    return Bearer(found.provider.institution, found.scopes, found.person, account)
