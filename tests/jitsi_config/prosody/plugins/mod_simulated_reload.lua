-- For tests: GET /reload?module=… does what an operator does with prosodyctl shell.
module:set_global();

local formdecode = require "util.http".formdecode;
local modulemanager = require "core.modulemanager";

module:depends("http");
module:provides("http", {
	name = "reload"; default_path = "/reload";
	route = { ["GET"] = function (event)
		local name = formdecode(event.request.url.query).module;
		module:add_timer(0, function () modulemanager.reload("*", name); end);
		return "soon";
	end };
});
