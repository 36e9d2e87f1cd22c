-- What somebody sends, as their own Jitsi client says it in its presence: read as jicofo reads it (SourceInfo.kt and
-- ChatRoomMemberImpl.kt, August 2026), the app's and the page's alike.
--
--   <SourceInfo>{"ab12-a0":{"muted":false},"ab12-v0":{"muted":true},"ab12-v1":{"muted":false,"videoType":"desktop"}}</SourceInfo>
--
-- A source that does not say that it is on is off. Clients without SourceInfo (jigasi, very old apps) say <audiomuted/>,
-- <videomuted/> and <videoType/>. Whoever says none of it is not known.

local json = require "util.json";

local media = {};

local LONGEST = 8192; -- bytes; a client has a handful of sources

-- "audio" or "video": named, or in the name as in ab12-a0.
local function kind_of(name, source)
	local named = type(source.mediaType) == "string" and source.mediaType:lower();
	if named == "audio" or named == "video" then return named; end
	local letter = name:match("^[^-]*%-(.)");
	return letter == "a" and "audio" or letter == "v" and "video" or nil;
end

local function is_screen(video_type)
	return type(video_type) == "string" and video_type:sub(1, 7) == "desktop";
end

local function read_sources(text)
	local sources = #text <= LONGEST and json.decode(text);
	if type(sources) ~= "table" then return nil; end
	local found = { microphone = false, camera = false, screen = false };
	for name, source in pairs(sources) do
		if type(name) ~= "string" or type(source) ~= "table" then return nil; end
		if source.muted == false then
			local kind = kind_of(name, source);
			if kind == "audio" then found.microphone = true; end
			if kind == "video" then found[is_screen(source.videoType) and "screen" or "camera"] = true; end
		end
	end
	return found;
end

-- What a presence says, as { microphone, camera, screen }; nil for one that says nothing that can be understood.
function media.read(presence)
	if not presence then return nil; end
	local sources = presence:get_child_text("SourceInfo");
	if sources then return read_sources(sources); end
	local audio, video = presence:get_child_text("audiomuted"), presence:get_child_text("videomuted");
	if not audio and not video then return nil; end
	local screen = is_screen(presence:get_child_text("videoType"));
	return {
		microphone = audio == "false";
		camera = video == "false" and not screen;
		screen = video == "false" and screen;
	};
end

function media.same(one, other)
	if not one or not other then return one == other; end
	return one.microphone == other.microphone and one.camera == other.camera and one.screen == other.screen;
end

return media;
