import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { openDialog } from "./ask.ts";
import { SHORTCUTS, type Shortcut } from "./keys.ts";

const SIGNS: Readonly<Record<string, string>> = { arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", delete: "Del", backspace: "⌫", pageup: "Page Up", pagedown: "Page Down", escape: "Esc", enter: "Enter", alt: "Alt", ctrl: "Ctrl", shift: "Shift" };

/** Keys that are not the board's own, told beside them. */
export interface OtherKeys {
  title: string;
  keys: readonly { keys: readonly string[]; sentence: string }[];
}

/** All keys of the board, and those of the page around it. */
export function openHelp(others: OtherKeys | null): void {
  const tables = (["tool", "edit", "view"] as const).map((group) => make("section", {}, make("h3", {}, say(`board.keys.${group}`)), listKeys(group)));
  const moves = ["space", "pinch", "wheel", "shift", "tab"].map((name) => make("li", {}, say(`board.move.${name}`)));
  const close = make("button", { value: "" }, say("board.close"));
  openDialog(
    make(
      "form",
      { method: "dialog" },
      // With the focus on the button at its end, the dialog would open at its end.
      make("h2", { tabindex: -1, autofocus: true }, say("board.help_title")),
      make("div", { class: "keys" }, ...tables, ...(others === null ? [] : [listOthers(others)])),
      make("ul", { class: "keys-moves" }, ...moves),
      make("div", { class: "dialog-actions" }, close),
    ),
    "dialog dialog-keys",
  );
}

/** What several keys do in the same way stands in one line. */
function listKeys(group: Shortcut["group"]): HTMLElement {
  const names = [...new Set(SHORTCUTS.filter((one) => one.group === group).map((one) => one.name))];
  const rows = names.map((name) => {
    const keys = SHORTCUTS.filter((one) => one.name === name).flatMap((one) => one.keys);
    return make("div", {}, make("dt", {}, ...keys.map(drawKey)), make("dd", {}, say(`board.key.${name}`)));
  });
  return make("dl", {}, ...rows);
}

function listOthers({ title, keys }: OtherKeys): HTMLElement {
  const rows = keys.map((one) => make("div", {}, make("dt", {}, ...one.keys.map(drawKey)), make("dd", {}, one.sentence)));
  return make("section", {}, make("h3", {}, title), make("dl", {}, ...rows));
}

function drawKey(key: string): HTMLElement {
  const parts = key === "+" ? ["+"] : key.split("+");
  return make("kbd", {}, parts.map((part) => SIGNS[part] ?? part.toUpperCase()).join(" + "));
}
