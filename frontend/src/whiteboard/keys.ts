import type { Tool } from "./kit.ts";
import type { Workbench } from "./workbench.ts";

export interface Shortcut {
  /** As `event.key` in small letters, with "ctrl+" or "shift+" before it. */
  keys: readonly string[];
  /** What it does: a key of dashboard/texts/board.py below "board.". */
  name: string;
  group: "tool" | "edit" | "view";
  act(bench: Workbench): void;
  /** Left alone while this is false. */
  when?(bench: Workbench): boolean;
}

const TOOL_KEYS: readonly [string, Tool][] = [
  ["v", "select"],
  ["p", "pen"],
  ["h", "highlighter"],
  ["e", "eraser"],
  ["shift+e", "area_eraser"],
  ["l", "line"],
  ["a", "arrow"],
  ["r", "rectangle"],
  ["o", "ellipse"],
  ["t", "text"],
  ["k", "laser"],
];
const STEP = 1;
const FAR = 10;

const mayDraw = (bench: Workbench): boolean => bench.session.mayDraw;
const hasHold = (bench: Workbench): boolean => mayDraw(bench) && !bench.selection.isEmpty;
const mayLook = (bench: Workbench): boolean => bench.looking.mayLook;

const tools: Shortcut[] = TOOL_KEYS.map(([key, tool]) => ({
  keys: [key],
  name: `tool.${tool}`,
  group: "tool",
  act: (bench) => bench.kit.choose(tool),
  when: mayDraw,
}));

const nudges: Shortcut[] = (
  [
    ["arrowleft", -1, 0],
    ["arrowright", 1, 0],
    ["arrowup", 0, -1],
    ["arrowdown", 0, 1],
  ] as const
).flatMap(([key, x, y]) => [
  { keys: [key], name: "nudge", group: "edit", act: (bench) => bench.edits.nudge(x * STEP, y * STEP), when: hasHold },
  { keys: [`shift+${key}`], name: "nudge_far", group: "edit", act: (bench) => bench.edits.nudge(x * FAR, y * FAR), when: hasHold },
]);

export const SHORTCUTS: readonly Shortcut[] = [
  ...tools,
  { keys: ["i"], name: "tool.image", group: "tool", act: (bench) => bench.bringing.pickImage(), when: (bench) => mayDraw(bench) && bench.bringing.isPossible },
  { keys: ["["], name: "thinner", group: "tool", act: (bench) => bench.edits.stepWidth(-1), when: mayDraw },
  { keys: ["]"], name: "thicker", group: "tool", act: (bench) => bench.edits.stepWidth(1), when: mayDraw },
  { keys: ["f"], name: "fill", group: "tool", act: (bench) => bench.edits.setFilled(!bench.kit.isFilled), when: mayDraw },
  ...["1", "2", "3", "4", "5", "6"].map(
    (key): Shortcut => ({ keys: [key], name: "colour", group: "tool", act: (bench) => bench.edits.pickColour(Number(key) - 1), when: mayDraw }),
  ),
  { keys: ["enter"], name: "insert", group: "edit", act: (bench) => bench.edits.enter(), when: (bench) => mayDraw(bench) && bench.isFocused },
  { keys: ["delete", "backspace"], name: "delete", group: "edit", act: (bench) => bench.edits.remove(), when: hasHold },
  { keys: ["ctrl+d"], name: "duplicate", group: "edit", act: (bench) => bench.edits.duplicate(), when: hasHold },
  { keys: ["ctrl+a"], name: "select_all", group: "edit", act: (bench) => bench.edits.selectAll(), when: mayDraw },
  ...nudges,
  { keys: ["ctrl+z"], name: "undo", group: "edit", act: (bench) => bench.session.undo(), when: mayDraw },
  { keys: ["ctrl+y", "ctrl+shift+z"], name: "redo", group: "edit", act: (bench) => bench.session.redo(), when: mayDraw },
  { keys: ["escape"], name: "let_go", group: "edit", act: (bench) => bench.letGo(), when: (bench) => bench.isBusy },
  { keys: ["pageup"], name: "previous_page", group: "view", act: (bench) => bench.looking.turn(-1), when: mayLook },
  { keys: ["pagedown"], name: "next_page", group: "view", act: (bench) => bench.looking.turn(1), when: mayLook },
  { keys: ["+", "="], name: "zoom_in", group: "view", act: (bench) => bench.looking.zoomBy(1.25), when: mayLook },
  { keys: ["-"], name: "zoom_out", group: "view", act: (bench) => bench.looking.zoomBy(0.8), when: mayLook },
  { keys: ["0"], name: "zoom_reset", group: "view", act: (bench) => bench.looking.reset(), when: mayLook },
  { keys: ["?"], name: "help", group: "view", act: (bench) => bench.openHelp() },
];

/** The board's keys, wherever the focus is, except while somebody writes or a dialog is open. */
export function listenToKeys(bench: Workbench, isShown: () => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !isShown() || isWriting(event.target) || document.querySelector("dialog[open]") !== null) return;
    const pressed = nameOf(event);
    const shortcut = SHORTCUTS.find((one) => one.keys.includes(pressed));
    if (shortcut === undefined || shortcut.when?.(bench) === false || isClick(event)) return;
    event.preventDefault();
    shortcut.act(bench);
  });
}

/** "shift+" only where it makes another key of the same letter: a question mark needs it anyway. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): string {
  if (event.altKey) return "";
  const key = event.key.toLowerCase();
  const isNamed = /^[a-z]$|^arrow/u.test(key);
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${event.shiftKey && isNamed ? "shift+" : ""}${key}`;
}

/** Enter on a button presses it; arrows in a list of choices move through it. */
function isClick(event: KeyboardEvent): boolean {
  const { target } = event;
  return target instanceof Element && target.closest("button, a, input, summary") !== null && /^(Enter|Arrow|Delete|Backspace)/u.test(event.key);
}

function isWriting(target: EventTarget | null): boolean {
  const fields = "input:not([type=checkbox], [type=radio], [type=color]), textarea, select, [contenteditable]";
  return target instanceof Element && target.closest(fields) !== null;
}
