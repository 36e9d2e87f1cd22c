import { make, pick, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { readJson } from "../common/page_data.ts";
import { keepProfile, PROFILES, readProfile, type Profile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import { makeDevicesCard } from "./devices_card.ts";
import { measureDownload, measureRoundTrip, savesData, tryRelay, tryVideo } from "./measure.ts";
import type { ConnectionPage } from "./page.ts";
import { judge, type Measured, type Verdict } from "./verdict.ts";

const page = readJson<ConnectionPage>("page-data");
const host = pick("#connection", HTMLElement);
const result = make("div", { class: "connection-result", role: "status" });
const figures = make("dl", { class: "facts connection-figures" });
const again = make("button", { type: "button", class: "quiet" }, say("connection.again"));
const radios = new Map<Profile, HTMLInputElement>();
const choices = makeChoices();

again.addEventListener("click", () => void run());
host.replaceChildren(
  make(
    "section",
    { class: "card", "aria-labelledby": "network" },
    make("h2", { id: "network" }, say("connection.network")),
    result,
    figures,
    choices,
    again,
  ),
  makeDevicesCard(),
);
void run();

async function run(): Promise<void> {
  again.disabled = true;
  host.dataset["state"] = "running";
  result.removeAttribute("data-profile");
  result.replaceChildren(make("p", { "aria-busy": "true" }, say("connection.running")));
  const measured = await measure();
  const verdict = judge(measured);
  keepProfile(verdict.profile);
  show(measured, verdict);
  again.disabled = false;
  host.dataset["state"] = "done";
}

/** The download after the round trip: a full line would make every word late. */
async function measure(): Promise<Measured> {
  const [trip, video, relay] = await Promise.all([measureRoundTrip(page.socket), tryVideo(), tryRelay(page.ice_servers)]);
  const downloadKbit = await measureDownload(page.sample, page.sample_bytes);
  return { ...trip, downloadKbit, video, relay, savesData: savesData() };
}

function show(measured: Measured, { profile, why }: Verdict): void {
  result.dataset["profile"] = profile;
  const reasons = why.map((reason) => make("li", {}, say(`connection.why.${reason}`)));
  result.replaceChildren(
    make("p", { class: "connection-verdict" }, drawIcon(profile === "normal" ? "check" : "alert"), say(`connection.verdict.${profile}`)),
    make("ul", {}, ...reasons),
  );
  figures.replaceChildren(...makeFigures(measured));
  choices.hidden = false;
  for (const [name, radio] of radios) {
    radio.checked = name === readProfile();
    const tag = radio.parentElement?.querySelector(".connection-tag");
    if (tag instanceof HTMLElement) tag.hidden = name !== profile;
  }
}

function makeFigures({ roundTripMs, downloadKbit, lostPercent, video, relay }: Measured): HTMLElement[] {
  const figure = (value: number | null, unit: string): string =>
    value === null ? say("connection.unmeasured") : say(`connection.${unit}`, { n: Math.round(value).toLocaleString(document.documentElement.lang) });
  const answer = (works: boolean): string => say(works ? "connection.works" : "connection.fails");
  const rows: [string, string][] = [
    ["connection.round_trip", figure(roundTripMs, "ms")],
    ["connection.download", figure(downloadKbit, "kbit")],
    ["connection.lost", figure(lostPercent, "percent")],
    ["connection.video", answer(video)],
  ];
  // Jitsi brings relays of its own, which only its own page knows.
  if (!page.is_jitsi) rows.push(["connection.relay", relay === null ? say("connection.no_relay") : answer(relay)]);
  return rows.flatMap(([name, value]) => [make("dt", {}, say(name)), make("dd", {}, value)]);
}

function makeChoices(): HTMLFieldSetElement {
  const labels = PROFILES.map((profile) => {
    const radio = make("input", { type: "radio", name: "profile", value: profile });
    radios.set(profile, radio);
    radio.addEventListener("change", () => keepProfile(profile));
    const tag = make("span", { class: "connection-tag" });
    setText(tag, say("connection.recommended"));
    const words = make("span", {}, say(`profile.${profile}`), " ", tag, make("small", {}, say(`profile.${profile}.means`)));
    return make("label", { class: "network-choice" }, radio, words);
  });
  const note = make("small", { class: "quiet-text" }, say("connection.kept"));
  const fieldset = make("fieldset", {}, make("legend", {}, say("connection.choose")), ...labels, note);
  fieldset.hidden = true;
  return fieldset;
}
