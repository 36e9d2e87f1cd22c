-- For tests without Jitsi's plugins: ANONYMOUS with a token in the address (?token=), HS256 under `app_secret`, as
-- Jitsi's own module judges it as far as signature, issuer and times go. `allow_empty_token` lets everybody in.
local formdecode = require "util.http".formdecode;
local jwt = require "util.jwt";
local new_sasl = require "util.sasl".new;
local uuid = require "util.uuid".generate;

local secret = module:get_option_string("app_secret");
local issuer = module:get_option_string("app_id");
local allow_empty = module:get_option_boolean("allow_empty_token", false);

local function note_token(event)
	local query = event.request.url.query;
	local given = query and formdecode(query) or {};
	event.session.simulated_auth_token = type(given) == "table" and given.token or nil;
end
module:hook_global("bosh-session", note_token);
module:hook_global("websocket-session", note_token);

local function judge(token)
	if allow_empty then return true; end
	if not token then return false, "token required"; end
	local ok, claims = jwt.verify(secret, token);
	if not ok then return false, "Invalid signature"; end
	if claims.iss ~= issuer then return false, "invalid 'iss' claim"; end
	if claims.nbf and os.time() < claims.nbf then return false, "Not acceptable by nbf"; end
	if not claims.exp or os.time() >= claims.exp then return false, "Not acceptable by exp"; end
	return true, claims.room;
end

local provider = {};
function provider.test_password() return nil, "no passwords here"; end
function provider.get_password() return nil; end
function provider.set_password() return nil, "no passwords here"; end
function provider.user_exists() return nil; end
function provider.create_user() return nil; end
function provider.delete_user() return nil; end

function provider.get_sasl_handler(session)
	return new_sasl(module.host, {
		anonymous = function (self)
			local ok, why = judge(session.simulated_auth_token);
			if not ok then return false, "not-allowed", why; end
			session.simulated_room = why; -- see mod_simulated_room_claim
			self.username = uuid();
			return true;
		end
	});
end
module:provides("auth", provider);

-- Prosody's own ANONYMOUS does not pass a refusal's words on; Jitsi's module replaces it in the same way.
require "util.sasl".registerMechanism("ANONYMOUS", { "anonymous" }, function (self)
	local ok, condition, why = self.profile.anonymous(self, uuid(), self.realm);
	if ok then return "success"; end
	return "failure", condition, why;
end);
