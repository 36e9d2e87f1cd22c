-- For tests without Jitsi's plugins: a token opens the room that it names and no other, as Jitsi's module for rooms
-- has it. Whoever came without a token (jicofo, recorders) is not asked.
local jid = require "util.jid";
local st = require "util.stanza";

module:hook("muc-occupant-pre-join", function (event)
	local claimed = event.origin.simulated_room;
	if not claimed or claimed == jid.node(event.room.jid) then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "Room and token mismatched"));
	return true;
end, 99);
