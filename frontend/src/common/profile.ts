/** How much this device and its network can carry; the names are those of classroom/jitsi/profiles.py. */
export const PROFILES = ["normal", "saver", "audio_only", "board_only"] as const;

export type Profile = (typeof PROFILES)[number];

const KEY = "darasa.profile";
let chosen: Profile | null = null;

/** What was chosen on this device, by hand or by the connection test. */
export function readProfile(): Profile {
  if (chosen !== null) return chosen;
  try {
    const kept = localStorage.getItem(KEY);
    return PROFILES.find((profile) => profile === kept) ?? "normal";
  } catch {
    return "normal";
  }
}

/** A browser that keeps nothing keeps it as long as the page is open. */
export function keepProfile(profile: Profile): void {
  chosen = profile;
  try {
    localStorage.setItem(KEY, profile);
  } catch {
    // Private windows and full disks.
  }
}

export function hasPictures(profile: Profile): boolean {
  return profile === "normal" || profile === "saver";
}
