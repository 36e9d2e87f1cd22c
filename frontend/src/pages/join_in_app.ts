import { hasPictures, keepProfile, PROFILES, readProfile } from "../common/profile.ts";

/** The page between this browser and the Jitsi app: the device's own network profile, and the way back. */
export function leadIntoApp(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-own-profile]");
  if (form === null) return;
  followProfile(form);
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-keeps-hash]")) link.hash = location.hash;
  const opener = document.querySelector<HTMLAnchorElement>("a[data-opens-app]");
  opener?.addEventListener("click", () => returnTo(opener.dataset["opensApp"] ?? ""));
}

function followProfile(form: HTMLFormElement): void {
  const kept = readProfile();
  // The app has no board to be alone with: sound is the least that it can do.
  const own = hasPictures(kept) ? kept : "audio_only";
  const address = new URL(location.href);
  if (!address.searchParams.has("profile") && own !== form.dataset["ownProfile"]) {
    address.searchParams.set("profile", own);
    return location.replace(address);
  }
  form.addEventListener("change", () => {
    const chosen = PROFILES.find((profile) => profile === new FormData(form).get("profile"));
    if (chosen !== undefined) keepProfile(chosen);
  });
}

/** The app covers this tab. Whoever comes back to it finds the board. */
function returnTo(companion: string): void {
  let wasAway = false;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) wasAway = true;
    else if (wasAway && companion !== "") location.assign(companion);
  });
}
