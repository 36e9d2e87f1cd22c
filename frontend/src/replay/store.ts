/** What this browser remembers of how somebody likes to watch; where storage is forbidden, nothing. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`darasa.${key}`);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`darasa.${key}`, value);
  } catch {
    // Then it lasts as long as the page.
  }
}
