-- Darasa puts somebody out of a room, turns off their microphone, or ends a room. See ../README.md.
--
-- Jitsi's own modules for this take any valid token for any room, and want a second pair of keys. This one takes
-- the token that Darasa and Prosody share already, on the private port. Enabled on the main MUC component; the
-- doors are on the global part, because Prosody's HTTP has one host for the machines inside.

module:set_global();

local jid = require "util.jid";
local http = require "util.http";
local st = require "util.stanza";
local new_id = require "util.id".medium;

local urldecode = http.urldecode;

local darasa = module:require "darasa";

local hook_token = module:get_option_string("darasa_hook_token", "");

function module.add_host() end

-- Rooms are looked for only where this module is enabled.
local function find_room(name)
	for _, host in pairs(prosody.hosts) do
		local muc = host.modules and host.modules.darasa_control and host.modules.muc;
		for room in muc and muc.live_rooms() or function () end do
			if jid.node(room.jid) == name then return room; end
		end
	end
end

local function put_out(room, nick)
	local occupant = room:get_occupant_by_nick(room.jid .. "/" .. nick);
	if not occupant then return 404; end
	-- As the service itself, which may do that to owners too.
	room:set_role(true, occupant.nick, nil, "Put out of the lesson");
	module:log("info", "Put %s out of %s", nick, room.jid);
	return 204;
end

-- What jicofo says to somebody whom a moderator mutes. Every client, the app too, does as it is told by the
-- focus of its room, and by nobody else; they may turn it on again. `by` is the nick of whoever wants it.
local function mute(room, nick, by)
	local occupant = room:get_occupant_by_nick(room.jid .. "/" .. nick);
	local focus = room:get_occupant_by_nick(room.jid .. "/focus");
	if not occupant or not focus or occupant == focus then return 404; end
	local actor = by and room:get_occupant_by_nick(room.jid .. "/" .. by) or focus;
	for real_jid in occupant:each_session() do
		local iq = st.iq({ type = "set", id = new_id(), from = focus.nick, to = real_jid });
		iq:tag("mute", { xmlns = "http://jitsi.org/jitmeet/audio", jid = occupant.nick, actor = actor.nick });
		room:route_stanza(iq:text("true"):up());
	end
	module:log("info", "Muted %s in %s", nick, room.jid);
	return 204;
end

local function finish(room)
	room:destroy(nil, "The lesson is over");
	module:log("info", "Ended %s", room.jid);
	return 204;
end

local function carry_out(event, path)
	if not darasa.bearer_is(event.request, hook_token) then return 401; end
	-- Split before decoding: a slash in a nick is one of its letters.
	local name, nick = path:match("^([^/]+)/([^/]+)$");
	local room = find_room(urldecode(name or path));
	if not room then return 404; end
	if nick then return put_out(room, urldecode(nick)); end
	return finish(room);
end

local function say(event, path)
	if not darasa.bearer_is(event.request, hook_token) then return 401; end
	local name, nick = path:match("^([^/]+)/([^/]+)/mute$");
	local room = name and find_room(urldecode(name));
	if not room then return 404; end
	local asked = http.formdecode(event.request.url.query or "");
	return mute(room, urldecode(nick), type(asked) == "table" and asked.by or nil);
end

module:depends("http");
module:provides("http", {
	name = "darasa_control";
	default_path = "/darasa_control";
	route = {
		["DELETE /rooms/*"] = darasa.guarded(carry_out, 500);
		["POST /rooms/*"] = darasa.guarded(say, 500);
	};
});
