// The people of a page: each button is called by whom it is about, and does its work in place.

/** Call the buttons of people by their headlines, too: a list of buttons alone does not say whose they are. */
export function nameButtons(people) {
  for (const person of people) {
    const headline = person.querySelector("h1, h2")?.textContent.slice(0, 80);
    for (const button of person.querySelectorAll("button.press")) button.ariaLabel = `${button.ariaLabel ?? button.textContent.trim()}: ${headline}`;
  }
}

/** Keep and judge without loading the page again; what that takes is loaded with the first press. */
export function keepInPlace(shared) {
  if (!shared) return;
  nameButtons(document.querySelectorAll(".result, .profile"));
  document.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (!button?.matches(".press, .folded button")) return;
    event.preventDefault();
    import("./keep.js").then(({ keep }) => keep(form, button, shared));
  });
}
