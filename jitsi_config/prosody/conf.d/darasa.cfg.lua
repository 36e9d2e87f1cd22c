-- Global options, read before Jitsi's hosts: every module asks its host first and then here.
-- Secrets come from the environment (ENV_…), so this file is the same on every machine.

-- Our modules (prosody/modules/), loaded on the conference component by XMPP_MUC_MODULES.
darasa_url = ENV_DARASA_URL
darasa_source = ENV_DARASA_SOURCE
darasa_event_secret = ENV_DARASA_EVENT_SECRET
darasa_hook_token = ENV_DARASA_HOOK_TOKEN
darasa_recorder_domains = { "hidden.meet.jitsi" }
darasa_human_domains = { "meet.jitsi" } -- whoever comes from elsewhere sets off no recording

-- Darasa says which rooms there are; asked by Jitsi's own module with this header.
reservations_api_headers = { ["Authorization"] = "Bearer " .. ENV_DARASA_HOOK_TOKEN }
reservations_api_timeout = 5
reservations_api_retry_count = 3
reservations_api_retry_delay = 1

-- Tokens are verified for their domain; the recorder signs in with a password instead.
token_verification_allowlist = { "hidden.meet.jitsi" }

-- A learner whose network drops keeps the seat so long (Jitsi's own default, written down because attendance counts on it).
smacks_hibernation_time = 60
