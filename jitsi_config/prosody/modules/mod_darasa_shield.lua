-- Whoever must not be in the recording sends nothing: their token says `receive-only`, and what they offer of
-- camera, microphone and screen never reaches jicofo, so the bridge forwards nothing of theirs, to nobody.
-- Enabled on the main MUC component; breakout rooms are not recorded. See ../README.md.
--
-- Jitsi has no token for this, and its audio and video moderation is a teacher's switch, which may be off.

local st = require "util.stanza";

local JINGLE = "urn:xmpp:jingle:1";
local SOURCES = "urn:xmpp:jingle:apps:rtp:ssma:0";
local ADDS = { ["source-add"] = true };

local function is_shielded(session)
	local user = session and session.jitsi_meet_context_user;
	local flag = type(user) == "table" and user["receive-only"];
	return flag == true or flag == "true";
end

-- Sources and their groups, however deep they lie, also as JSON.
local function without_sources(stanza)
	stanza:maptags(function (tag)
		if tag.attr.xmlns == SOURCES or tag.name == "json-message" then return nil; end
		return without_sources(tag);
	end);
	return stanza;
end

-- Before the room hands it on to the occupant that it is for.
module:hook("iq/full", function (event)
	local origin, stanza = event.origin, event.stanza;
	if not is_shielded(origin) then return; end
	local jingle = stanza:get_child("jingle", JINGLE);
	if not jingle then return; end
	if ADDS[jingle.attr.action] then
		module:log("info", "%s offers sources and must not", origin.full_jid);
		origin.send(st.error_reply(stanza, "cancel", "not-allowed", "You take part without camera and microphone"));
		return true;
	end
	without_sources(jingle);
end, 100);
