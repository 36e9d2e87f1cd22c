-- A queue of lines on disk: appended at one end, read and struck off at the other, never longer than told.
--
-- A folder holds it:
--   queue-0000000007.jsonl  segments, in the order of their numbers; one line is one event
--   cursor                  "7 1234": in segment 7 everything before byte 1234 has been delivered
--   dead-0000000003.jsonl   the oldest segment, put aside when the queue was full
--
-- A line is in the kernel's hands when append() returns, so killing Prosody loses nothing; sync() brings it to
-- the disk. Delivered but not yet struck off when the process dies: delivered again. Reading starts at the lowest
-- segment there is, so a dead segment renamed to queue-… is simply read again after the next start.

local lfs = require "lfs";

local queue = {};
queue.__index = queue;

-- So much waits in memory while the disk refuses (full, read-only); older lines are dropped.
local LINES_IN_MEMORY = 2000;

local function numbers_of(folder, prefix)
	local found = {};
	for name in lfs.dir(folder) do
		local number = name:match("^" .. prefix .. "%-(%d+)%.jsonl$");
		if number then found[#found + 1] = tonumber(number); end
	end
	table.sort(found);
	return found;
end

local function make_folders(path)
	local made = path:sub(1, 1) == "/" and "" or ".";
	for part in path:gmatch("[^/]+") do
		made = made .. "/" .. part;
		lfs.mkdir(made);
	end
	return lfs.attributes(path, "mode") == "directory";
end

-- limits: max_bytes, segment_bytes, max_dead (segments). log(level, format, …).
function queue.open(folder, limits, log)
	if not make_folders(folder) then return nil, "cannot make the folder " .. folder; end
	local self = setmetatable({ folder = folder, limits = limits, log = log, bytes = 0, sizes = {}, memory = {} }, queue);
	local present = numbers_of(folder, "queue");
	for _, number in ipairs(present) do
		self.sizes[number] = lfs.attributes(self:path(number), "size") or 0;
		self.bytes = self.bytes + self.sizes[number];
	end
	-- Always a new segment: the last one may end in half a line.
	self.last = math.max(present[#present] or 0, self:highest_dead(), self:read_cursor() or 0) + 1;
	self.first = present[1] or self.last;
	local segment, offset = self:read_cursor();
	self.offset = segment == self.first and offset or 0;
	self.sizes[self.last] = 0;
	return self;
end

function queue:path(number, prefix)
	return ("%s/%s-%010d.jsonl"):format(self.folder, prefix or "queue", number);
end

function queue:highest_dead()
	local dead = numbers_of(self.folder, "dead");
	return dead[#dead] or 0;
end

function queue:read_cursor()
	local file = io.open(self.folder .. "/cursor");
	if not file then return nil; end
	local segment, offset = (file:read("a") or ""):match("^(%d+) (%d+)");
	file:close();
	return tonumber(segment), tonumber(offset);
end

function queue:save_cursor()
	local aside = self.folder .. "/cursor.new";
	local file = io.open(aside, "w");
	local written = file and file:write(("%d %d\n"):format(self.first, self.offset));
	if file then written = file:close() and written; end
	if not written or not os.rename(aside, self.folder .. "/cursor") then
		self.log("warn", "the cursor cannot be written in %s: after a restart some events come twice", self.folder);
	end
end

-- True when the line is in a file; false when it waits in memory for the disk to recover.
function queue:append(line)
	self.memory[#self.memory + 1] = line;
	if #self.memory > LINES_IN_MEMORY then
		table.remove(self.memory, 1);
		self.log("error", "the disk refuses and memory is full: the oldest event is lost");
	end
	return self:write_memory();
end

function queue:write_memory()
	while self.memory[1] do
		if not self:write_line(self.memory[1] .. "\n") then return false; end
		table.remove(self.memory, 1);
	end
	return true;
end

function queue:write_line(line)
	if self.sizes[self.last] >= self.limits.segment_bytes then self:next_segment(); end
	while self.bytes + #line > self.limits.max_bytes and self.bytes > 0 do self:bury_oldest(); end
	if not self.handle then self.handle = io.open(self:path(self.last), "a"); end
	local ok, why = false, "cannot open the file";
	if self.handle then
		ok, why = self.handle:write(line);
		if ok then ok, why = self.handle:flush(); end
	end
	if not ok then
		if not self.refused then self.log("error", "the event queue in %s cannot be written: %s", self.folder, why); end
		self.refused = true;
		self:next_segment(); -- what half of the line may be on disk is behind us now
		return false;
	end
	self.refused = false;
	self.dirty = true;
	self.sizes[self.last] = self.sizes[self.last] + #line;
	self.bytes = self.bytes + #line;
	return true;
end

function queue:next_segment()
	self:sync();
	if self.handle then self.handle:close(); end
	self.handle = nil;
	local size = lfs.attributes(self:path(self.last), "size");
	if size == nil and self.sizes[self.last] == 0 then return; end -- never came to be: the number is still free
	self.bytes = self.bytes + (size or 0) - self.sizes[self.last];
	self.sizes[self.last] = size or 0;
	self.last = self.last + 1;
	self.sizes[self.last] = 0;
end

function queue:bury_oldest()
	if self.first == self.last then self:next_segment(); end
	local number = self.first;
	os.rename(self:path(number), self:path(number, "dead"));
	self.log("warn", "the event queue is full: its oldest events were put aside in %s", self:path(number, "dead"));
	self:leave_first_segment();
	local dead = numbers_of(self.folder, "dead");
	for index = 1, #dead - self.limits.max_dead do
		os.remove(self:path(dead[index], "dead"));
		self.log("error", "too many dead letters: %s was deleted", self:path(dead[index], "dead"));
	end
end

function queue:leave_first_segment()
	self.bytes = self.bytes - (self.sizes[self.first] or 0);
	self.sizes[self.first] = nil;
	repeat self.first = self.first + 1; until self.sizes[self.first];
	self.offset = 0;
	self:save_cursor();
end

-- The next lines to deliver, at most `lines` and about `bytes`, as {lines…, segment=, offset=, next=}; nil for none.
function queue:peek(lines, bytes)
	while true do
		local batch = self:read_from(self.first, self.offset, lines, bytes);
		if batch then return batch; end
		if self.first == self.last then return nil; end
		os.remove(self:path(self.first));
		self:leave_first_segment();
	end
end

function queue:read_from(segment, offset, most_lines, most_bytes)
	local file = io.open(self:path(segment));
	if not file then return nil; end
	file:seek("set", offset);
	local batch = { segment = segment, offset = offset, next = offset };
	while #batch < most_lines and (#batch == 0 or batch.next - offset < most_bytes) do
		local line = file:read("L");
		if not line then break; end
		if line:sub(-1) ~= "\n" then
			-- Only a death in the middle of a write leaves half a line, and never in the segment we write to.
			if segment ~= self.last then self.log("warn", "half a line at the end of %s", self:path(segment)); end
			break;
		end
		batch.next = batch.next + #line;
		batch[#batch + 1] = line:sub(1, -2);
	end
	file:close();
	return batch[1] and batch or nil;
end

-- Delivered (or put aside): never given out again. A batch that was buried meanwhile is no longer ours to strike off.
function queue:strike_off(batch)
	if batch.segment ~= self.first or batch.offset ~= self.offset then return; end
	self.offset = batch.next;
	self:save_cursor();
end

function queue:put_aside(line)
	local file = io.open(self.folder .. "/dead-unreadable.txt", "a");
	if file then
		file:write(line, "\n");
		file:close();
	end
	self.log("warn", "an unreadable line was moved from the event queue to %s/dead-unreadable.txt", self.folder);
end

-- From the kernel to the disk. Lua has no fsync, so the system's own program does it, in the background.
function queue:sync()
	if not self.dirty then return; end
	self.dirty = false;
	local folder = "'" .. self.folder:gsub("'", [['\'']]) .. "'";
	os.execute(("sync %s/queue-%010d.jsonl %s >/dev/null 2>&1 &"):format(folder, self.last, folder));
end

function queue:close()
	self:write_memory();
	self:sync();
	if self.handle then self.handle:close(); end
	self.handle = nil;
end

return queue;
