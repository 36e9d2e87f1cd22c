-- Tells Darasa who enters and leaves which room, and what they send: numbered, signed, from a queue on disk. See ../README.md.
--
-- One queue and one sender for the whole Prosody (the global part), hooks for each MUC component it is enabled
-- on (add_host). What a room knows of itself stays with the room, in room._data.darasa:
--   meeting, seq, created_at, inside = { [nick] = entry }, still_inside, leaving = { [nick] = reason }

module:set_global();

local array = require "util.array";
local encodings = require "util.encodings";
local hashes = require "util.hashes";
local jid = require "util.jid";
local json = require "util.json";
local urldecode = require "util.http".urldecode;
local uuid = require "util.uuid".generate;

local darasa = module:require "darasa";
local disk_queue = module:require "darasa_queue";
local media = module:require "darasa_media";
local guarded, now_ms = darasa.guarded, darasa.now_ms;

local EVENTS_PATH = "/hooks/jitsi/events";
local EVENTS_IN_A_BATCH, BYTES_IN_A_BATCH = 100, 512 * 1024;
local LONGEST_TEXT = 255;
local COALESCE = 0.05; -- seconds; what happens together travels together
-- What somebody sends is told as it is so long after it changed; of whoever changes it all the time, seldom.
local MEDIA_SOON, MEDIA_SELDOM, MEDIA_CHANGES = 0.5, 15, 60; -- seconds, seconds, events of one visit

local base_url = module:get_option_string("darasa_url", ""):gsub("/+$", "");
local secret = module:get_option_string("darasa_event_secret", "");
local hook_token = module:get_option_string("darasa_hook_token", "");
local source = module:get_option_string("darasa_source", module:get_option_string("http_default_host", "prosody"));
local folder = module:get_option_string("darasa_events_folder", prosody.paths.data .. "/darasa_events");
local retry_min = module:get_option_number("darasa_events_retry_min", 1);
local retry_max = module:get_option_number("darasa_events_retry_max", 60);
local answer_within = module:get_option_number("darasa_events_timeout", 10);
local sweep_every = module:get_option_number("darasa_events_sweep", 30);
local recorder_domains = module:get_option_set("darasa_recorder_domains", { "hidden.meet.jitsi" });
local human_domains = module:get_option_set("darasa_human_domains", {});

local function log(...) module:log(...); end

local queue = assert(disk_queue.open(folder, {
	max_bytes = module:get_option_number("darasa_events_max_bytes", 64 * 1024 * 1024);
	segment_bytes = module:get_option_number("darasa_events_segment_bytes", 1024 * 1024);
	max_dead = module:get_option_number("darasa_events_max_dead", 256);
}, log));

if base_url == "" or #secret < 32 then
	module:log("error", "darasa_url and darasa_event_secret (32 characters) are not both set: events wait on disk");
end

-- The sender: one request at a time, so that order is kept.

local sending, waking, failures = false, false, 0;
local batch_size = EVENTS_IN_A_BATCH;
local send_next;

-- While it waits out a failure, a new event does not make it impatient.
local function wake_after(seconds)
	if sending or waking then return; end
	waking = true;
	module:add_timer(seconds, guarded(function ()
		waking = false;
		send_next();
	end));
end

local function readable(batch)
	local kept = {};
	for _, line in ipairs(batch) do
		local event = json.decode(line);
		if type(event) == "table" and event.id then kept[#kept + 1] = line; else queue:put_aside(line); end
	end
	return kept;
end

local function delivered(batch, count)
	queue:strike_off(batch);
	if failures > 0 then module:log("info", "Darasa answers again after %d failures", failures); end
	failures, batch_size = 0, EVENTS_IN_A_BATCH;
	module:log("debug", "%d events taken", count);
	wake_after(0);
end

local function not_delivered(code, why)
	failures = failures + 1;
	-- One event that the other side finds too big shall not hold up its neighbours' acceptance.
	if code == 413 then batch_size = math.max(1, math.floor(batch_size / 2)); end
	if failures == 1 or failures % 10 == 0 then
		module:log("warn", "events not taken by Darasa (%s), try %d, %d bytes wait", code or why, failures, queue.bytes - queue.offset);
	end
	wake_after(darasa.back_off(failures, retry_min, retry_max));
end

function send_next()
	if sending or base_url == "" or #secret < 32 then return; end
	queue:write_memory();
	local batch = queue:peek(batch_size, BYTES_IN_A_BATCH);
	if not batch then return; end
	local lines = readable(batch);
	if #lines == 0 then return delivered(batch, 0); end
	local body = ('{"source":%s,"events":[%s]}'):format(json.encode(source), table.concat(lines, ","));
	local sent_at = ("%d"):format(now_ms());
	sending = true;
	darasa.request(base_url .. EVENTS_PATH, {
		method = "POST";
		body = body;
		headers = {
			["Content-Type"] = "application/json";
			["X-Darasa-Sent-At"] = sent_at;
			["X-Darasa-Signature"] = "v1=" .. hashes.hmac_sha256(secret, sent_at .. "." .. body, true);
		};
	}, answer_within, function (code, answer)
		sending = false;
		if code and code >= 200 and code < 300 then return delivered(batch, #lines); end
		not_delivered(code, answer);
	end);
end

-- What an event says

local function text(value)
	if type(value) == "number" then value = tostring(value); end
	if type(value) ~= "string" or value == "" or not encodings.utf8.valid(value) then return nil; end
	if #value <= LONGEST_TEXT then return value; end
	return (value:sub(1, LONGEST_TEXT):gsub("[\192-\255][\128-\191]*$", ""));
end

local function shown(entry)
	return {
		jid = entry.jid; nick = entry.nick; person = entry.person or json.null; name = entry.name or json.null;
		kind = entry.kind; affiliation = entry.affiliation; joined_at = entry.joined_at; media = entry.media;
	};
end

local function shown_all(entries)
	local list = array();
	for _, entry in pairs(entries) do list:push(shown(entry)); end
	list:sort(function (one, other) return one.joined_at < other.joined_at; end);
	return list;
end

-- Appends an event about `room`; `details` are its further fields. Nothing for a room that is not reported.
local function report(room, type_, details)
	local state = room._data.darasa;
	if not state then return; end
	state.seq = state.seq + 1;
	local event = {
		id = uuid(); type = type_; at = now_ms(); room = jid.node(room.jid); room_jid = room.jid;
		meeting = state.meeting; seq = state.seq;
	};
	for key, value in pairs(details or {}) do event[key] = value; end
	queue:append(json.encode(event));
	wake_after(COALESCE);
	return event;
end

-- A person's name is in the token; without one the client's own <nick/> must do.
local function describe(room, occupant, origin, affiliations, kind)
	local session = prosody.full_sessions[occupant.jid] or origin or {};
	local user = type(session.jitsi_meet_context_user) == "table" and session.jitsi_meet_context_user or {};
	local presence = occupant:get_presence();
	local nick = presence and presence:get_child_text("nick", "http://jabber.org/protocol/nick");
	return {
		jid = occupant.jid; nick = jid.resource(occupant.nick); kind = kind;
		person = text(user.id); name = text(user.name) or text(nick);
		affiliation = affiliations[room:get_affiliation(occupant.bare_jid) or "none"] or "none";
		joined_at = now_ms();
		hidden = tostring(user["hidden-from-recorder"]) == "true";
		media = media.read(presence); told_media = 0;
	};
end

local AFFILIATIONS = { owner = "owner", admin = "owner", member = "member" };
local STATUS_CODES = { ["301"] = "banned", ["307"] = "kicked", ["321"] = "removed", ["322"] = "removed",
	["332"] = "shutdown", ["333"] = "error" };

local function is_health_check(room)
	return (jid.node(room.jid) or ""):sub(1, 21) == "__jicofo-health-check";
end

function module.add_host(module) -- luacheck: ignore 431/module
	if module:get_host_type() ~= "component" then error("enable mod_darasa_events on a MUC component", 0); end
	local admins = module:get_option_inherited_set("admins", {}) / jid.prep;
	local focuses = module:get_option_inherited_set("darasa_focus_jids", {}) / jid.prep;
	-- Jitsi's own option: who on the recorders' domain is a transcriber.
	local transcribers = module:get_option_inherited_set("transcriber_prefixes", {});

	local function is_service(bare_jid)
		return admins:contains(bare_jid) or focuses:contains(bare_jid);
	end

	local function kind_of(bare_jid)
		for prefix in transcribers do
			if bare_jid:sub(1, #prefix) == prefix then return "other"; end
		end
		local domain = jid.host(bare_jid);
		if recorder_domains:contains(domain) then return "recorder"; end
		if not human_domains:empty() and not human_domains:contains(domain) then return "other"; end
		return "human";
	end

	local function begin(room)
		if room._data.darasa or is_health_check(room) then return; end
		-- Jitsi's meeting id is what getSessionId() and recordings' metadata say.
		room._data.darasa = {
			meeting = text(room._data.meetingId) or uuid(); seq = 0; created_at = now_ms(); inside = {}; leaving = {};
		};
		report(room, "room.created");
	end

	local function joined(room, occupant, origin)
		local state = room._data.darasa;
		if not state or state.inside[occupant.nick] or is_service(occupant.bare_jid) then return; end
		local entry = describe(room, occupant, origin, AFFILIATIONS, kind_of(occupant.bare_jid));
		state.inside[occupant.nick] = entry;
		report(room, "occupant.joined", { occupant = shown(entry) });
	end

	-- `entry.media` is what was told. What came of several changes is told once, and nothing that is as it was.
	local function tell_media(room, nick, entry)
		entry.media_waits = false;
		local state, occupant = room._data.darasa, room:get_occupant_by_nick(nick);
		if not state or state.inside[nick] ~= entry or not occupant then return; end
		local now = media.read(occupant:get_presence());
		if not now or media.same(now, entry.media) then return; end
		entry.media, entry.told_media = now, entry.told_media + 1;
		report(room, "occupant.media", { occupant = shown(entry) });
	end

	local function look_at_media(room, nick, presence)
		local state = room._data.darasa;
		local entry = state and state.inside[nick];
		if not entry or entry.kind ~= "human" or entry.media_waits then return; end
		local now = media.read(presence);
		if not now or media.same(now, entry.media) then return; end
		entry.media_waits = true;
		module:add_timer(entry.told_media < MEDIA_CHANGES and MEDIA_SOON or MEDIA_SELDOM, guarded(function ()
			tell_media(room, nick, entry);
		end));
	end

	local function left(room, nick, reason)
		local state = room._data.darasa;
		local entry = state and state.inside[nick];
		if not entry then return; end
		state.inside[nick] = nil;
		if room.destroying then
			state.still_inside = state.still_inside or {};
			table.insert(state.still_inside, entry);
		end
		report(room, "occupant.left", { occupant = shown(entry), reason = reason });
		state.leaving[nick] = nil;
	end

	-- What should be against what is: finds who came or went without a word (a change of nick, a module reloaded).
	local function compare(room)
		begin(room);
		local state = room._data.darasa;
		if not state then return; end
		for nick in pairs(state.inside) do
			if not room:get_occupant_by_nick(nick) then left(room, nick, "unseen"); end
		end
		for _, occupant in room:each_occupant() do
			joined(room, occupant);
			look_at_media(room, occupant.nick, occupant:get_presence());
		end
	end

	local function each_room()
		local muc = prosody.hosts[module.host].modules.muc;
		if not muc then return function () end; end
		return muc.live_rooms();
	end

	local function reason_for_leaving(room, event)
		local state = room._data.darasa;
		if room.destroying then return "destroyed"; end
		if state and state.leaving[event.occupant.nick] then return state.leaving[event.occupant.nick]; end
		local said = event.stanza and event.stanza:get_child_text("status") or "";
		if not said:find("^Disconnected") then return "left"; end
		return (said:find("[Tt]ime") or said:find("[Hh]ibernat")) and "timeout" or "disconnected";
	end

	-- After mod_muc_meeting_id, which gives the meeting its id at 0. The creator's own join came before this event.
	module:hook("muc-room-created", guarded(function (event) compare(event.room); end), -1);

	module:hook("muc-occupant-joined", guarded(function (event)
		joined(event.room, event.occupant, event.origin);
	end));

	-- What somebody sends stands in each of their presences. Why somebody goes is told just before: in the status codes
	-- of the farewell.
	module:hook("muc-broadcast-presence", guarded(function (event)
		local state = event.room._data.darasa;
		if not state or not event.x then return; end
		if event.occupant.role ~= nil then return look_at_media(event.room, event.occupant.nick, event.stanza); end
		for status in event.x:childtags("status") do
			state.leaving[event.occupant.nick] = STATUS_CODES[status.attr.code] or state.leaving[event.occupant.nick];
		end
	end));

	module:hook("muc-occupant-left", guarded(function (event)
		left(event.room, event.occupant.nick, reason_for_leaving(event.room, event));
	end));

	-- A change of nick is a departure without an arrival; look again when it is done.
	module:hook("muc-occupant-pre-change", guarded(function (event)
		if event.dest_occupant and event.orig_occupant and event.dest_occupant.nick ~= event.orig_occupant.nick then
			module:add_timer(0, guarded(function () compare(event.room); end));
		end
	end), -100);

	module:hook("muc-room-destroyed", guarded(function (event)
		local room = event.room;
		local state = room._data.darasa;
		if not state then return; end
		local inside = state.still_inside or {};
		for _, entry in pairs(state.inside) do table.insert(inside, entry); end
		report(room, "room.destroyed", { occupants = shown_all(inside) });
		room._data.darasa = nil;
	end));

	module:add_timer(0, guarded(function ()
		for room in each_room() do compare(room); end
		return sweep_every;
	end, sweep_every));

	-- For mod_darasa_recording on the same host.
	module.environment.report = report;
	module.environment.is_service = is_service;
	module.environment.each_room = each_room;
	module.environment.inside = function (room)
		local state = room._data.darasa;
		return state and state.inside, state;
	end
end

-- The snapshot: who is inside right now, for Darasa to compare with what it has heard.

local function snapshot(wanted)
	local rooms = array();
	for _, host in pairs(prosody.hosts) do
		local muc = host.modules and host.modules.darasa_events and host.modules.muc;
		for room in muc and muc.live_rooms() or function () end do
			local state, name = room._data.darasa, jid.node(room.jid);
			if state and (wanted == nil or wanted == name) then
				rooms:push({
					room = name; room_jid = room.jid; meeting = state.meeting; seq = state.seq;
					created_at = state.created_at; occupants = shown_all(state.inside);
				});
			end
		end
	end
	return rooms;
end

local function answer_with_snapshot(event, wanted)
	local response = event.response;
	response.headers.content_type = "application/json";
	if not darasa.bearer_is(event.request, hook_token) then
		response.status_code = 401;
		return '{"code":"unauthorised"}';
	end
	local rooms = snapshot(wanted);
	if wanted and #rooms == 0 then
		response.status_code = 404;
		return '{"code":"no_such_room"}';
	end
	return json.encode({ source = source, at = now_ms(), rooms = rooms });
end

module:depends("http");
module:provides("http", {
	name = "darasa";
	default_path = "/darasa";
	route = {
		["GET /rooms"] = guarded(function (event) return answer_with_snapshot(event); end, 500);
		["GET /rooms/*"] = guarded(function (event, name) return answer_with_snapshot(event, urldecode(name)); end, 500);
	};
});

module:add_timer(1, guarded(function () queue:sync(); return 1; end, 1));
-- The guarantee behind the doorbell of each event; also what begins after a restart.
module:add_timer(0, guarded(function ()
	wake_after(0);
	return 5;
end, 5));

function module.unload()
	queue:close();
end
