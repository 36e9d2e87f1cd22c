-- For tests without Jitsi's plugins: what Jitsi's token module would have put on the session, from the address
-- of the websocket (?id=…&name=…&hidden=true).
module:set_global();

local formdecode = require "util.http".formdecode;

module:hook_global("websocket-session", function (event)
	local query = event.request.url.query;
	local given = query and formdecode(query) or {};
	if type(given) ~= "table" or not given.id then return; end
	event.session.jitsi_meet_context_user = {
		id = given.id; name = given.name; ["hidden-from-recorder"] = given.hidden;
		["receive-only"] = given.silent == "true";
	};
end);
