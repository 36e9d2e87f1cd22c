"""Prosody with Jitsi's own plugins beside ours. They are in no registry and not ours to copy: JITSI_PLUGINS_DIR
names `resources/prosody-plugins` of a checkout of jitsi-meet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from scripts.prosody import INSTRUCTION, find_prosody, lua_path_for_jitsi
from tests.jitsi_config.prosody.receiver import TOKEN, Receiver
from tests.jitsi_config.prosody.server import (
    DOMAIN,
    HIDDEN,
    MODULES,
    MUC,
    SIMULATED,
    Lua,
    Prosody,
    listed,
    lua,
)

SECRET = "the secret that signs the tokens in these tests"
DOMAIN_MODULES = ("presence_identity", "filter_iq_jibri", "reservations")
MUC_MODULES = (
    "muc_hide_all",
    "muc_meeting_id",
    "token_verification",
    "token_affiliation",
    "muc_resource_validate",
)


def plugins() -> Path:
    """The folder, or the reason why these tests do not run."""
    named = os.environ.get("JITSI_PLUGINS_DIR")
    if not named:
        pytest.skip("JITSI_PLUGINS_DIR names no checkout of Jitsi's Prosody plugins")
    folder = Path(named)
    if not (folder / "mod_token_verification.lua").exists():
        pytest.fail(f"JITSI_PLUGINS_DIR={named} holds no mod_token_verification.lua")
    if not find_prosody():
        pytest.fail(INSTRUCTION)
    return folder


def jitsi_prosody(folder: Path, darasa: Receiver, **domain_options: Any) -> Prosody:
    """As `jitsi_config/` configures it: tokens, owner or member by token, the recorder let in by its domain."""
    jitsi = plugins()
    options = {
        "authentication": "token",
        "app_id": "darasa",
        "app_secret": SECRET,
        "reservations_api_prefix": f"{darasa.url}/hooks/jitsi/reservations",
        "reservations_api_headers": Lua(f'{{ ["Authorization"] = "Bearer {TOKEN}" }}'),
        **domain_options,
    }
    lines = [f"{name} = {lua(value)}" for name, value in options.items() if value is not None]
    return Prosody(
        folder,
        darasa,
        {"muc_mapper_domain_base": DOMAIN, "muc_mapper_domain_prefix": "muc"},
        plugins=(MODULES, SIMULATED, jitsi),
        global_modules=(),
        domain_options="\n    ".join(
            [*lines, f'main_muc = "{MUC}"', f"modules_enabled = {{ {listed(DOMAIN_MODULES)} }}"]
        ),
        muc_modules=(*MUC_MODULES, "darasa_events", "darasa_recording"),
        muc_options=f'token_verification_allowlist = {{ "{HIDDEN}" }}',
        environment={"LUA_PATH": lua_path_for_jitsi()},
    )
