-- Darasa puts somebody out of a room, or ends one. See ../README.md.
--
-- Jitsi's own modules for this take any valid token for any room, and want a second pair of keys. This one takes
-- the token that Darasa and Prosody share already, on the private port. Enabled on the main MUC component; the
-- doors are on the global part, because Prosody's HTTP has one host for the machines inside.

module:set_global();

local jid = require "util.jid";
local urldecode = require "util.http".urldecode;

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

module:depends("http");
module:provides("http", {
	name = "darasa_control";
	default_path = "/darasa_control";
	route = {
		["DELETE /rooms/*"] = darasa.guarded(carry_out, 500);
	};
});
