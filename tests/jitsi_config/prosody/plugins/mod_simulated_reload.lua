-- For tests: GET /reload?module=… does what `prosodyctl shell module reload …` does: the global part, then each host's.
module:set_global();

local formdecode = require "util.http".formdecode;
local modulemanager = require "core.modulemanager";

module:depends("http");
module:provides("http", {
	name = "reload"; default_path = "/reload";
	route = { ["GET"] = function (event)
		local name = formdecode(event.request.url.query).module;
		module:add_timer(0, function ()
			modulemanager.reload("*", name);
			for host in pairs(prosody.hosts) do
				if modulemanager.is_loaded(host, name) then modulemanager.reload(host, name); end
			end
		end);
		return "soon";
	end };
});
