/**
 * `<section id="…" data-refresh-seconds="10">`: fetched anew with its page while somebody looks at it, until it
 * comes without the attribute. What has the focus is left alone. With `data-follow` the page goes along when the
 * server sends it elsewhere: from the lobby into the room.
 */
export function refreshWhileChanging(): void {
  for (const section of document.querySelectorAll("[data-refresh-seconds][id]")) wait(section.id);
}

function wait(id: string): void {
  const seconds = Number(document.getElementById(id)?.dataset["refreshSeconds"]);
  if (seconds > 0) setTimeout(() => void refresh(id).finally(() => wait(id)), seconds * 1000);
}

async function refresh(id: string): Promise<void> {
  const present = document.getElementById(id);
  if (present === null || document.hidden || present.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok && answer.redirected && present.hasAttribute("data-follow")) return location.assign(answer.url);
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    if (fresh !== null && fresh.outerHTML !== present.outerHTML) present.replaceWith(document.adoptNode(fresh));
  } catch {
    // The network is away; the page stays as it is.
  }
}
