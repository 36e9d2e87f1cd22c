import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { PROFILES, type Profile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import { openCode } from "./code_dialog.ts";
import type { RoomPage } from "./page.ts";

export interface NetworkActions {
  choose(profile: Profile): void;
  /** Null where there is nothing to load anew. */
  reload: (() => void) | null;
}

export interface NetworkMenu {
  element: HTMLElement;
  /** The offer of less, for a banner; empty while there is none. */
  offer: HTMLElement;
  show(profile: Profile): void;
  /** `why` is the sentence before it. */
  offerLess(profile: Profile, why?: string): void;
  /** Any other offer, in the same place. */
  offerThis(why: string, yes: string, act: () => void): void;
}

/** How much goes over this network, and other ways into the same lesson. */
export function makeNetworkMenu(page: RoomPage, actions: NetworkActions): NetworkMenu {
  const summary = make("summary", { class: "top-people" }, drawIcon("network"));
  const radios = new Map(PROFILES.map((profile) => [profile, makeRadio(profile, actions)]));
  const choices = make("fieldset", {}, make("legend", {}, say("network.name")), ...[...radios.values()].map(({ label }) => label));
  const panel = make("div", { class: "door-panel network-panel" }, choices, ...makeWays(page, actions));
  const element = make("details", { class: "people network-menu" }, summary, panel);
  const offer = make("div", { class: "network-offer", role: "status" });
  offer.hidden = true;

  const close = (): void => void (element.open = false);
  element.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !element.open) return;
    close();
    summary.focus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !element.contains(target)) close();
  });

  function show(profile: Profile): void {
    setAttribute(summary, "aria-label", say("network.chosen", { profile: say(`profile.${profile}`) }));
    setAttribute(element, "data-profile", profile);
    for (const [name, { radio }] of radios) radio.checked = name === profile;
    offer.hidden = true;
  }

  function offerLess(profile: Profile, why = say("network.weak")): void {
    offerThis(why, say("network.offer", { profile: say(`profile.${profile}`) }), () => actions.choose(profile));
  }

  function offerThis(why: string, yes: string, act: () => void): void {
    const accept = makeButton(yes, act);
    const stay = makeButton(say("network.stay"), () => (offer.hidden = true));
    stay.classList.add("quiet");
    offer.hidden = false;
    offer.replaceChildren(make("p", {}, why), make("div", {}, accept, stay));
  }
  return { element, offer, show, offerLess, offerThis };
}

function makeRadio(profile: Profile, actions: NetworkActions) {
  const radio = make("input", { type: "radio", name: "network", value: profile });
  radio.addEventListener("change", () => actions.choose(profile));
  const means = make("small", {}, say(`profile.${profile}.means`));
  return { radio, label: make("label", { class: "network-choice" }, radio, make("span", {}, say(`profile.${profile}`), means)) };
}

function makeWays({ app_url, code_url, connection_url }: RoomPage, { reload }: NetworkActions): (HTMLElement | null)[] {
  const link = (href: string | null, text: string): HTMLElement | null =>
    href === null ? null : make("a", { href, target: "_blank", rel: "noopener" }, text);
  const code = code_url === null ? null : makeButton(say("network.code"), () => void openCode(code_url));
  code?.classList.add("quiet");
  const anew = reload === null ? null : makeButton(say("network.reload"), reload);
  anew?.classList.add("quiet");
  return [anew, code, link(app_url, say("network.app")), link(connection_url, say("network.test"))];
}

function makeButton(text: string, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button" });
  setText(button, text);
  button.addEventListener("click", act);
  return button;
}
