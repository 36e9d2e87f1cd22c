-- Records the rooms that Darasa wants recorded: asks Darasa, asks jicofo, and goes on asking until the recorder
-- stands in the room. Nobody else may start or stop a recording. See ../README.md.
--
-- Desired state, not events: whatever happens in a room, step() looks at it anew and does the next thing.
-- It waits for a human first, because a recorder alone in a room leaves again.

local http = require "util.http";
local jid = require "util.jid";
local json = require "util.json";
local st = require "util.stanza";
local time = require "util.time";
local uuid = require "util.uuid".generate;

module:depends("darasa_events");
-- Looked up at each use: what depends() returns may be the module's global part, or outlived by a reload.
local events = setmetatable({}, { __index = function (_, name)
	return prosody.hosts[module.host].modules.darasa_events[name];
end });
local darasa = module:require "darasa";
local guarded = darasa.guarded;

local JIBRI = "http://jitsi.org/protocol/jibri";
local OURS = "darasa-recording-"; -- how the ids of our requests to jicofo begin
local LONGEST_ANSWER = 10000;
local WITHOUT_FOCUS = 5; -- seconds until we look again for a jicofo that is not in the room

local base_url = module:get_option_string("darasa_url", ""):gsub("/+$", "");
local hook_token = module:get_option_string("darasa_hook_token", "");
local by_moderators = module:get_option_boolean("darasa_recording_by_moderators", false);
local retry_min = module:get_option_number("darasa_recording_retry_min", 2);
local retry_max = module:get_option_number("darasa_recording_retry_max", 60);
local ask_within = module:get_option_number("darasa_recording_ask_timeout", 10);
local focus_within = module:get_option_number("darasa_recording_focus_timeout", 20);
local confirm_within = module:get_option_number("darasa_recording_confirm_timeout", 60);
local recheck_every = module:get_option_number("darasa_recording_recheck", 60);
local settled_after = module:get_option_number("darasa_recording_settle", 30);

if base_url == "" or #hook_token < 32 then
	module:log("error", "darasa_url and darasa_hook_token (32 characters) are not both set: nothing will be recorded");
end

-- By JID of the room; all of it can be lost (a reload) and is found again from the room and from Darasa:
--   room, answer = { record, recording, at }, asking, asks_failed,
--   phase ("asked" by IQ | "accepted" by jicofo), iq, session, focus, attempts, wait_until, recorder_since
local courses = {};
local step;

local function course_of(room)
	local course = courses[room.jid];
	if not course or course.room ~= room then
		course = { room = room, attempts = 0, asks_failed = 0, wait_until = 0 };
		courses[room.jid] = course;
	end
	return course;
end

local function forget(room)
	if courses[room.jid] and courses[room.jid].room == room then courses[room.jid] = nil; end
end

-- One timer that counts per room: an earlier one finds that it is no longer the one.
local function wait(course, seconds)
	course.wait_until = time.monotonic() + seconds;
	local mine = {};
	course.timer = mine;
	module:add_timer(seconds + 0.01, guarded(function ()
		if course.timer == mine and courses[course.room.jid] == course then step(course.room); end
	end));
end

local function report(course, what, reason)
	local state = course.room._data.darasa;
	events.report(course.room, "recording." .. what, { recording = state and state.recording; reason = reason });
end

local function refused(course, reason)
	module:log("info", "recording of %s not started: %s", course.room.jid, reason);
	report(course, "refused", reason);
	course.phase = nil;
	wait(course, darasa.back_off(course.attempts, retry_min, retry_max));
end

-- Asking Darasa

local function read_answer(room, code, body)
	if code == 404 then return { record = false }; end
	if code ~= 200 then return nil, "answered " .. tostring(code or body); end
	local answer = #body <= LONGEST_ANSWER and json.decode(body) or nil;
	if type(answer) ~= "table" or type(answer.record) ~= "boolean" then return nil, "malformed answer"; end
	if not answer.record then return { record = false }; end
	if type(answer.recording) ~= "string" or not answer.recording:match("^[%w-]+$") or #answer.recording > 64 then
		return nil, "malformed recording id";
	end
	if answer.room ~= nil and answer.room ~= jid.node(room.jid) then return nil, "answer about another room"; end
	return { record = true, recording = answer.recording };
end

local function ask_darasa(course)
	local room = course.room;
	course.asking = true;
	local url = ("%s/hooks/jitsi/rooms/%s/recording"):format(base_url, http.urlencode(jid.node(room.jid)));
	darasa.request(url, { headers = { Authorization = "Bearer " .. hook_token } }, ask_within, function (code, body)
		course.asking = false;
		local answer, trouble = read_answer(room, code, body);
		if not answer then
			course.asks_failed = course.asks_failed + 1;
			module:log("warn", "whether to record %s is not known: %s", room.jid, trouble);
			wait(course, darasa.back_off(course.asks_failed, retry_min, retry_max));
			return;
		end
		course.asks_failed = 0;
		answer.at = time.monotonic();
		course.answer = answer;
		if room._data.darasa then room._data.darasa.recording = answer.recording; end
		step(room);
	end);
end

-- Asking jicofo

local function focus_of(room)
	local occupant = room:get_occupant_by_nick(room.jid .. "/focus");
	return occupant and events.is_service(occupant.bare_jid) and occupant.jid or nil;
end

-- In whose name: a moderator's if there is one (jicofo may insist), else of whoever has been here longest.
local function spokesperson(room, humans)
	local best, best_rank;
	for nick, entry in pairs(humans) do
		local occupant = room:get_occupant_by_nick(nick);
		local rank = (occupant and occupant.role == "moderator" and 0 or 1e15) + entry.joined_at;
		if occupant and (not best or rank < best_rank) then best, best_rank = nick, rank; end
	end
	return best;
end

local function ask_jicofo(course, humans)
	local room = course.room;
	local focus, speaker = focus_of(room), spokesperson(room, humans);
	if not focus or not speaker then return wait(course, WITHOUT_FOCUS); end
	course.attempts = course.attempts + 1;
	course.phase, course.iq, course.focus, course.session = "asked", OURS .. uuid(), focus, nil;
	report(course, "requested", course.attempts == 1 and "wanted" or "again");
	wait(course, focus_within);
	-- Straight to jicofo, from an occupant's address: jicofo recognises the conference by it, and its answer
	-- comes back to us instead of to a client that never asked.
	module:send(st.iq({ type = "set", id = course.iq, from = speaker, to = focus })
		:tag("jibri", {
			xmlns = JIBRI; action = "start"; recording_mode = "file";
			app_data = json.encode({ file_recording_metadata = {
				darasa = { recording = course.answer.recording, room = jid.node(room.jid) };
			} });
		}));
end

local function hear_jicofo(course, stanza)
	if course.phase == "accepted" then return; end
	if stanza.attr.type == "result" then
		local jibri = stanza:get_child("jibri", JIBRI);
		course.session = jibri and jibri.attr.session_id;
		course.phase = "accepted";
		return wait(course, confirm_within);
	end
	if course.phase ~= "asked" then return; end -- an error that came late: given up already
	local _, condition = stanza:get_error();
	refused(course, condition or "error");
	if condition == "unexpected-request" then
		-- One is running already, says jicofo. Its recorder may be on the way.
		course.phase = "accepted";
		wait(course, confirm_within);
	end
end

-- What is, and the next thing to do

local function look(room)
	local inside = events.inside(room) or {};
	local humans, recorder = {}, nil;
	for nick, entry in pairs(inside) do
		if entry.kind == "recorder" then recorder = entry; end
		-- Jibri does not count people hidden from it: alone with them it would leave, and we would start it again.
		if entry.kind == "human" and not entry.hidden then humans[nick] = entry; end
	end
	return humans, recorder;
end

local function recorder_is_there(course, state)
	if not state.recorded then
		state.recorded = true;
		report(course, "confirmed");
	end
	course.recorder_since = course.recorder_since or time.monotonic();
	course.phase, course.timer, course.wait_until = nil, nil, 0;
end

local function recorder_has_gone(course, state, anybody)
	state.recorded = nil;
	local stayed = time.monotonic() - (course.recorder_since or 0);
	course.recorder_since, course.answer, course.phase = nil, nil, nil;
	if stayed >= settled_after then course.attempts = 0; end
	if not anybody then return; end
	report(course, "lost", "left");
	-- A recorder that leaves as soon as it comes must not be called back in a tight loop.
	if course.attempts > 0 then wait(course, darasa.back_off(course.attempts, retry_min, retry_max)); end
end

local function time_is_up(course)
	local phase = course.phase;
	refused(course, phase == "asked" and "no-answer" or "not-confirmed");
end

function step(room)
	local _, state = events.inside(room);
	if not state or room.destroying or base_url == "" or #hook_token < 32 then return; end
	local course, humans, recorder = course_of(room), look(room);
	local anybody = next(humans) ~= nil;
	if recorder then return recorder_is_there(course, state); end
	if state.recorded then recorder_has_gone(course, state, anybody); end
	if not anybody then return forget(room); end
	if course.asking then return; end
	if time.monotonic() < course.wait_until then return; end
	if course.phase then return time_is_up(course); end
	if not course.answer or time.monotonic() - course.answer.at > recheck_every / 2 then return ask_darasa(course); end
	if not course.answer.record then return wait(course, recheck_every); end
	ask_jicofo(course, humans);
end

local look_again = guarded(function (event) step(event.room); end);

-- After mod_darasa_events (0 and -1), before mod_muc destroys an empty room (-1).
module:hook("muc-occupant-joined", look_again, -0.5);
module:hook("muc-occupant-left", look_again, -0.5);
module:hook("muc-room-created", look_again, -2);
module:hook("muc-room-destroyed", guarded(function (event) forget(event.room); end));

-- Jicofo tells the room what became of a start that it had accepted.
module:hook("muc-broadcast-presence", guarded(function (event)
	local course = courses[event.room.jid];
	if not course or course.phase ~= "accepted" or not course.session then return; end
	if not event.occupant.jid or event.occupant.jid ~= course.focus then return; end
	local status = event.stanza and event.stanza:get_child("jibri-recording-status", JIBRI);
	if status and status.attr.session_id == course.session and status.attr.status == "off" then
		refused(course, status.attr.failure_reason or "off");
	end
end));

-- Answers to our own requests, and requests of clients that they may not make.

local function is_ours(stanza)
	return (stanza.attr.type == "result" or stanza.attr.type == "error") and (stanza.attr.id or ""):sub(1, #OURS) == OURS;
end

local function answer_from_jicofo(stanza)
	local course = courses[jid.bare(stanza.attr.to)];
	if course and course.iq == stanza.attr.id and course.focus == stanza.attr.from then hear_jicofo(course, stanza); end
	return true;
end

local function may_command_recorders(stanza)
	if events.is_service(jid.bare(stanza.attr.from)) then return true; end
	if not by_moderators then return false; end
	for room in events.each_room() do
		local occupant = room.jid == jid.bare(stanza.attr.to) and room:get_occupant_by_real_jid(stanza.attr.from);
		if occupant then return occupant.role == "moderator"; end
	end
	return false;
end

local function refuse(event)
	event.origin.send(st.error_reply(event.stanza, "auth", "forbidden", "Darasa decides what is recorded"));
	return true;
end

local function filter(event)
	local stanza = event.stanza;
	if is_ours(stanza) then return answer_from_jicofo(stanza); end
	if stanza.attr.type ~= "set" and stanza.attr.type ~= "get" then return; end
	if not stanza:get_child("jibri", JIBRI) or may_command_recorders(stanza) then return; end
	module:log("info", "%s may not command recorders", stanza.attr.from);
	return refuse(event);
end

-- An error in the filter itself stops the stanza: rather no recording command than a stranger's.
module:hook("iq/full", guarded(filter, true), 100);
module:hook("iq/bare", guarded(filter, true), 100);

-- Rooms that were there before us (a reload).
module:add_timer(1, guarded(function ()
	for room in events.each_room() do step(room); end
	return recheck_every;
end, recheck_every));
