-- What both Darasa modules need: guarded handlers, back-off, bearer checks, HTTP with a time limit.
-- Needs nothing but Prosody itself (0.12 or newer).

local hashes = require "util.hashes";
local http = require "net.http";
local time = require "util.time";
local xpcall = require "util.xpcall".xpcall;

local darasa = {};

function darasa.now_ms()
	return math.floor(time.now() * 1000);
end

-- A handler that cannot hurt the room it looks at: an error inside is logged, and Prosody goes on.
-- `otherwise` is what the caller hears in that case.
function darasa.guarded(handler, otherwise)
	return function (...)
		local ok, result = xpcall(handler, debug.traceback, ...);
		if ok then return result; end
		module:log("error", "%s", result);
		return otherwise;
	end
end

-- Seconds to wait after `failures` failures in a row: doubling, with jitter downwards, so never above `longest`.
function darasa.back_off(failures, shortest, longest)
	local exponent = math.min(math.max(failures, 1) - 1, 20);
	return math.min(longest, shortest * 2 ^ exponent) * (0.5 + math.random() / 2);
end

-- Compares in constant time. An empty secret lets nobody in.
function darasa.bearer_is(request, secret)
	local given = (request.headers.authorization or ""):match("^[Bb]earer%s+(%S+)$");
	if not given or not secret or secret == "" then return false; end
	return hashes.equals(hashes.sha256(given), hashes.sha256(secret));
end

-- Calls back exactly once: callback(code, body), or callback(nil, reason) for no answer within `seconds`.
function darasa.request(url, options, seconds, callback)
	local running;
	local function finish(code, body)
		local waiting = callback;
		callback = nil;
		if waiting then waiting(code, body); end
	end
	options.suppress_errors = true;
	-- Before the callback of an answer that came too late can be called, the caller has long gone on.
	module:add_timer(seconds, function ()
		if not callback then return; end
		finish(nil, "timeout");
		if running and running.conn then http.destroy_request(running); end
	end);
	local ok, started = pcall(http.request, url, options, darasa.guarded(function (body, code)
		if not code or code == 0 then return finish(nil, tostring(body)); end
		finish(code, body);
	end));
	if not ok then return finish(nil, tostring(started)); end
	running = started;
end

return darasa;
