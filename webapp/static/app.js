// What the pages do beyond HTML: counting, keys, more people in place, filters and map when they are wanted.

import { wireBox } from "./box.js";
import { listenForKeys } from "./keys.js";
import { wirePanels } from "./panels.js";
import { keepInPlace } from "./people.js";

wireBox(document.querySelector("#search"));
listenForKeys(document.querySelector("#q"), document.querySelector(".keys"));
document.querySelector("nav.pages a[rel=next]")?.addEventListener("click", addMoreInPlace);
wirePanels();
keepInPlace(document.querySelector("#keep"));
if (document.querySelector(".kept-people, .new[data-src]")) import("./shortlist.js").then(({ wireShortlist }) => wireShortlist());
window.addEventListener("message", ({ origin, source, data }) => {
  if (origin === location.origin) import("./selection.js").then(({ hear }) => hear(source, data));
});
document.querySelectorAll("button.copy").forEach(offerCopy);
document.querySelectorAll("a[data-back]").forEach(goBack);

/** Add the next people to these; what that takes is loaded with the first press. */
function addMoreInPlace(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  import("./more.js").then(({ addAndFocus }) => addAndFocus(event.target.closest("nav")));
}

function offerCopy(button) {
  const ready = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = ready; }, 2000);
    } catch {
      getSelection().selectAllChildren(source);
    }
  });
}

/** Back to the very place that one came from, where the browser still has it. */
function goBack(link) {
  link.addEventListener("click", (event) => {
    const came = document.referrer && new URL(document.referrer);
    const there = new URL(link.href);
    if (event.ctrlKey || event.metaKey || event.shiftKey || !came || came.origin !== there.origin || came.pathname !== there.pathname) return;
    event.preventDefault();
    history.back();
  });
}
