import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { showClock } from "./clock.ts";
import { goTo, makeControl } from "./controls.ts";
import type { ReplayPage } from "./page.ts";

interface Note {
  id: string;
  at_seconds: number;
  text: string;
}

export interface Notes {
  element: HTMLElement;
  /** A note at this second: the key "n". */
  begin(): void;
}

/** What a person writes down at a time of the video; nobody else ever sees it. */
export function makeNotes(media: HTMLMediaElement, page: ReplayPage): Notes {
  let notes: Note[] = [];
  let at: number | null = null;
  const field = make("textarea", { rows: 2, maxlength: 2000, dir: "auto", "aria-label": say("notes.write"), placeholder: say("notes.write") });
  const [save, said, list] = [make("button", { type: "submit" }, say("notes.save")), make("p", { role: "status", class: "quiet-text" }), make("ol", {})];
  const form = make("form", {}, field, save);
  const along = make("a", { href: page.notes_text_url, download: true }, say("notes.take_along"));
  const heading = make("h2", {}, say("notes.title"));
  const element = make("section", { class: "replay-notes" }, heading, form, said, list, along);

  field.addEventListener("focus", () => (at ??= media.currentTime));
  field.addEventListener("input", () => setText(save, say("notes.save_at", { at: showClock(at ?? media.currentTime) })));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") field.blur();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void add();
  });

  async function add(): Promise<void> {
    const text = field.value.trim();
    if (text === "") return;
    const made = await ask<Note>("POST", page.notes_url, { at_seconds: at ?? media.currentTime, text });
    setText(said, made === null ? say("notes.not_saved") : "");
    if (made === null) return;
    field.value = "";
    at = null;
    setText(save, say("notes.save"));
    show([...notes, made]);
  }

  async function change(note: Note, text: string): Promise<void> {
    const made = await ask<Note>("PUT", `${page.notes_url}/${note.id}`, { text });
    setText(said, made === null ? say("notes.not_saved") : "");
    if (made !== null) show(notes.map((one) => (one.id === note.id ? made : one)));
  }

  async function remove(note: Note): Promise<void> {
    const gone = await ask("DELETE", `${page.notes_url}/${note.id}`);
    setText(said, gone === null ? say("notes.not_saved") : "");
    if (gone !== null) show(notes.filter((one) => one !== note));
  }

  function show(now: Note[]): void {
    notes = now.sort((one, other) => one.at_seconds - other.at_seconds);
    along.hidden = notes.length === 0;
    list.replaceChildren(...notes.map(makeLine));
  }

  function makeLine(note: Note): HTMLElement {
    const clock = showClock(note.at_seconds);
    const time = make("button", { type: "button", class: "chapter note-time", "aria-label": say("notes.go_to", { at: clock }) }, clock);
    time.addEventListener("click", () => goTo(media, note.at_seconds));
    const text = make("textarea", { rows: 1, maxlength: 2000, dir: "auto", "aria-label": say("notes.change", { at: clock }) });
    text.value = note.text;
    text.addEventListener("change", () => {
      if (text.value.trim() === "") text.value = note.text;
      else if (text.value !== note.text) void change(note, text.value);
    });
    return make("li", {}, time, text, makeControl("trash", say("notes.remove", { at: clock }), () => void remove(note)));
  }

  async function ask<Answer>(method: string, address: string, body?: object): Promise<Answer | null> {
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": page.csrf, Accept: "application/json" };
      const answer = await fetch(address, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
      if (!answer.ok) return null;
      return (answer.status === 204 ? {} : await answer.json()) as Answer;
    } catch {
      return null;
    }
  }

  show([]);
  void fetch(page.notes_url, { headers: { Accept: "application/json" } })
    .then(async (answer) => (answer.ok ? show(((await answer.json()) as { notes: Note[] }).notes) : undefined))
    .catch(() => setText(said, say("notes.not_loaded")));
  return {
    element,
    begin: () => {
      at = media.currentTime;
      setText(save, say("notes.save_at", { at: showClock(at) }));
      field.focus();
      element.scrollIntoView({ block: "nearest" });
    },
  };
}
