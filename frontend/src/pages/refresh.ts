/**
 * `<section id="…" data-refresh-seconds="10">`: fetched anew with its page while somebody looks at it. What has
 * the focus is left alone.
 */
export function refreshWhileChanging(): void {
  for (const section of document.querySelectorAll<HTMLElement>("[data-refresh-seconds][id]")) {
    const seconds = Number(section.dataset["refreshSeconds"]);
    if (seconds > 0) setInterval(() => void refresh(section.id), seconds * 1000);
  }
}

async function refresh(id: string): Promise<void> {
  const present = document.getElementById(id);
  if (present === null || document.hidden || present.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    if (fresh !== null && fresh.innerHTML !== present.innerHTML) present.replaceWith(document.adoptNode(fresh));
  } catch {
    // The network is away; the page stays as it is.
  }
}
