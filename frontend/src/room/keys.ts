import type { Device } from "./engine.ts";

/** What the room's keys do; the board has all keys without Alt. */
export interface RoomActs {
  toggle(device: Device): void;
  /** The first, second, … side panel; false when there are not so many. */
  togglePanel(place: number): boolean;
  goToExits(): void;
}

export interface RoomKey {
  /** As `event.code`: with Alt some keyboards write other letters. */
  codes: readonly string[];
  /** How it is written, and what it does: a key of dashboard/texts/room.py below "keys.". */
  label: string;
  name: string;
  act(acts: RoomActs, code: string): boolean;
}

const device = (code: string, label: string, name: Device): RoomKey => ({
  codes: [code],
  label,
  name,
  act: (acts) => {
    acts.toggle(name);
    return true;
  },
});

/** As many as a teacher has panels, the breakout rooms being the last. */
const PANEL_CODES = ["Digit1", "Digit2", "Digit3", "Digit4", "Digit5", "Digit6", "Digit7"] as const;

export const ROOM_KEYS: readonly RoomKey[] = [
  device("KeyM", "M", "microphone"),
  device("KeyC", "C", "camera"),
  device("KeyS", "S", "screen"),
  {
    codes: PANEL_CODES,
    label: `1 … ${String(PANEL_CODES.length)}`,
    name: "panel",
    act: (acts, code) => acts.togglePanel(Number(code.slice(-1)) - 1),
  },
  {
    codes: ["KeyQ"],
    label: "Q",
    name: "leave",
    act: (acts) => {
      acts.goToExits();
      return true;
    },
  },
];

/** Alt and a key, wherever the focus is, while no dialog is open. Returns what ends it. */
export function listenToRoomKeys(acts: RoomActs): () => void {
  const hear = (event: KeyboardEvent): void => {
    if (!isMeant(event) || document.querySelector("dialog[open]") !== null) return;
    const key = ROOM_KEYS.find(({ codes }) => codes.includes(event.code));
    if (key?.act(acts, event.code) === true) event.preventDefault();
  };
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}

/** Right Alt writes letters in many languages, and says Ctrl or AltGraph with it. */
function isMeant(event: KeyboardEvent): boolean {
  return event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.getModifierState("AltGraph");
}
