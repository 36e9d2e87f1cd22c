import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { QuizCommands } from "../wire/words.ts";
import { readNumber, type Kind } from "./quiz.ts";

export type Written = NonNullable<QuizCommands["quiz.launch"]["written"]>;

const KINDS: readonly Kind[] = ["single", "multiple", "true_false", "numeric", "short_text", "opinion"];
const MOST_CHOICES = 12;

/** A question written on the spot. `submit` gets it with whether the bank shall keep it. */
export function makeCompose(submit: (written: Written, keep: boolean) => void, cancel: () => void): HTMLFormElement {
  const kind = make("select", {}, ...KINDS.map((one) => make("option", { value: one }, say(`quiz.kind.${one}`))));
  const text = make("textarea", { rows: 2, required: true, maxlength: 2000, dir: "auto" });
  const answers = make("div", { class: "compose-answers" });
  const keep = make("input", { type: "checkbox", checked: true });
  const back = make("button", { type: "button", class: "quiet" }, say("quiz.back"));
  back.addEventListener("click", cancel);
  let field = makeField("single");
  const change = (): void => {
    field = makeField(kind.value as Kind);
    answers.replaceChildren(...field.elements);
  };
  kind.addEventListener("change", change);
  const form = make(
    "form",
    { class: "compose" },
    make("label", {}, say("quiz.kind"), kind),
    make("label", {}, say("quiz.question"), text),
    answers,
    make("label", {}, keep, " ", say("quiz.keep")),
    make("div", { class: "quiz-acts" }, make("button", { type: "submit" }, say("quiz.next")), back),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit({ kind: kind.value as Kind, text: text.value.trim(), ...field.read() }, keep.checked);
  });
  change();
  return form;
}

interface Field {
  elements: HTMLElement[];
  read(): Partial<Written>;
}

function makeField(kind: Kind): Field {
  if (kind === "true_false") return makeTruth();
  if (kind === "numeric") return makeNumber();
  return kind === "short_text" ? makeVariants() : makeChoices(kind);
}

function makeTruth(): Field {
  const yes = make("input", { type: "radio", name: "truth", checked: true });
  const no = make("input", { type: "radio", name: "truth" });
  const labels = [make("label", {}, yes, " ", say("quiz.true")), make("label", {}, no, " ", say("quiz.false"))];
  return { elements: [make("fieldset", {}, make("legend", {}, say("quiz.what_is_right")), ...labels)], read: () => ({ is_true: yes.checked }) };
}

function makeNumber(): Field {
  const number = make("input", { inputmode: "decimal", required: true, autocomplete: "off" });
  const tolerance = make("input", { inputmode: "decimal", value: "0", autocomplete: "off" });
  const check = (input: HTMLInputElement) => () => input.setCustomValidity(readNumber(input.value) === null ? say("quiz.not_a_number") : "");
  for (const input of [number, tolerance]) input.addEventListener("input", check(input));
  return {
    elements: [make("label", {}, say("quiz.right_number"), number), make("label", {}, say("quiz.tolerance"), tolerance)],
    read: () => ({ number: readNumber(number.value), tolerance: Math.abs(readNumber(tolerance.value) ?? 0) }),
  };
}

function makeVariants(): Field {
  const lines = make("textarea", { rows: 2, required: true, dir: "auto" });
  const read = (): string[] => lines.value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, MOST_CHOICES);
  return { elements: [make("label", {}, say("quiz.right_texts"), lines)], read: () => ({ variants: read() }) };
}

function makeChoices(kind: Kind): Field {
  const list = make("div", { class: "compose-choices" });
  const add = make("button", { type: "button", class: "quiet" }, say("quiz.add_choice"));
  const addOne = (): HTMLInputElement => {
    const number = list.children.length + 1;
    const right = make("input", { type: kind === "single" ? "radio" : "checkbox", name: "right", checked: kind === "single" && number === 1, "aria-label": say("quiz.choice_right", { n: number }) });
    const text = make("input", { type: "text", maxlength: 300, dir: "auto", required: number <= 2, autocomplete: "off", "aria-label": say("quiz.choice", { n: number }) });
    list.append(make("div", { class: "compose-choice" }, kind === "opinion" ? null : right, text));
    add.hidden = list.children.length >= MOST_CHOICES;
    return text;
  };
  for (let n = 0; n < (kind === "opinion" ? 2 : 3); n += 1) addOne();
  add.addEventListener("click", () => addOne().focus());
  const legend = say(kind === "opinion" ? "quiz.choices" : "quiz.choices_mark");
  return { elements: [make("fieldset", {}, make("legend", {}, legend), list, add)], read: () => ({ choices: readChoices(list) }) };
}

function readChoices(list: HTMLElement): { text: string; right: boolean }[] {
  return [...list.children].flatMap((row) => {
    const text = row.querySelector<HTMLInputElement>("input[type=text]")?.value.trim() ?? "";
    const right = row.querySelector<HTMLInputElement>("input[name=right]")?.checked ?? false;
    return text === "" ? [] : [{ text, right }];
  });
}
