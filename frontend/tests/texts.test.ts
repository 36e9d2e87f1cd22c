import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PACES, REACTIONS } from "../src/talk/talk.ts";
import { SHORTCUTS } from "../src/whiteboard/keys.ts";
import { HIGHLIGHTS, PALETTE, TOOLS, WIDTHS } from "../src/whiteboard/kit.ts";

// What a gap was for is also said by light packs, which know no dashboard.
const places = [
  ...readdirSync("../dashboard/texts").map((name) => `../dashboard/texts/${name}`),
  "../recordings/models/captures.py",
];
const written = new Set(
  places
    .filter((path) => path.endsWith(".py"))
    .flatMap((path) => [...readFileSync(path, "utf8").matchAll(/^\s+"([a-z_.]+)": (?:_|gettext|pgettext)\(/gm)])
    .map(([, key]) => key),
);
const source = readdirSync("src", { recursive: true })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(`src/${name}`, "utf8"))
  .join("\n");

test("every sentence that is said is written in dashboard/texts", () => {
  const said = [...source.matchAll(/say\(\s*"([a-z_.]+)"/g)].map(([, key]) => key);
  assert.ok(said.length > 60);
  assert.deepEqual(said.filter((key) => !written.has(key)), []);
});

test("sentences whose key is put together exist in each form", () => {
  const forms = {
    "device.{}.denied": ["camera", "microphone", "screen"],
    "device.{}.lost": ["camera", "microphone", "screen"],
    "room.{}_on": ["camera", "microphone", "screen"],
    "room.{}_off": ["camera", "microphone", "screen"],
    "profile.{}": ["normal", "saver", "audio_only", "board_only"],
    "profile.{}.means": ["normal", "saver", "audio_only", "board_only"],
    "connection.verdict.{}": ["normal", "saver", "audio_only", "board_only"],
    "connection.why.{}": ["slow", "late", "lossy", "blocked", "unreachable", "saving"],
    "connection.{}": ["ms", "kbit", "percent"],
    "role.{}": ["teacher", "co_teacher", "student", "guest", "observer"],
    "gap.{}": ["missing", "late_start", "early_end", "unknown"],
    "replay.view.{}": ["both", "video", "board"],
    "replay.size.{}": ["full", "low", "audio"],
    "{}.title": ["full", "replaced", "removed"],
    "{}.sentence": ["full", "replaced", "removed"],
    "chat.mode.{}": ["open", "questions", "closed"],
    "chat.mode.{}.means": ["open", "questions", "closed"],
    "reactions.{}": Object.keys(REACTIONS),
    "pulse.{}": PACES,
    "quiz.kind.{}": ["single", "multiple", "true_false", "numeric", "short_text", "opinion"],
    "board.tool.{}": TOOLS,
    "board.key.{}": SHORTCUTS.map(({ name }) => name),
    "board.keys.{}": ["tool", "edit", "view"],
    "board.move.{}": ["space", "pinch", "wheel", "shift", "tab"],
    "board.draw.{}": ["nobody", "named", "all"],
    "colour.{}": [...PALETTE, ...HIGHLIGHTS].map(([name]) => name),
    "width.{}": WIDTHS.map(([name]) => name),
    "item.{}": ["pen", "highlighter", "line", "arrow", "rectangle", "ellipse", "text", "image", "image_of"],
    "file.{}": "bad_type too_big forbidden not_found slow_down board_full bad_data unavailable encrypted unreadable unknown".split(" "),
    "state.{}": "expected starting recording lost_recorder no_recorder captured composing storing published failed".split(" "),
  };
  const needed = Object.entries(forms).flatMap(([form, words]) => words.map((word) => form.replace("{}", word)));
  assert.deepEqual(needed.filter((key) => !written.has(key)), []);
});

test("each error code of docs/wire.md has its sentence", () => {
  const page = readFileSync("../docs/wire.md", "utf8");
  const line = page.split("## Error codes")[1]?.split("##")[0] ?? "";
  const codes = [...line.matchAll(/`([a-z_]+)`/g)].map(([, code]) => `error.${code}`);
  assert.ok(codes.length >= 11);
  assert.deepEqual(codes.filter((key) => !written.has(key)), []);
});
