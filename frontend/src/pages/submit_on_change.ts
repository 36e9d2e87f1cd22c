/** `<form data-submit-on-change>`: the choice is the wish. Without JavaScript its button does the same. */
export function submitOnChange(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-submit-on-change]")) {
    for (const button of form.querySelectorAll("button")) button.hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }
}
