import { readJson } from "./page_data.ts";

let sentences: Record<string, string> | null = null;

/** The translated sentence for `key`, with `{name}` filled in. Sentences live in dashboard/texts/. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  sentences ??= readJson<Record<string, string>>("texts");
  const sentence = sentences[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function sayRefusal(code: string): string {
  const key = `error.${code}`;
  const sentence = say(key);
  return sentence === key ? say("error.unknown") : sentence;
}
