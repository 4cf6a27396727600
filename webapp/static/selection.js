// An area drawn on the map shows only the results that lie in it, among the first 200. Nothing scrolls, no focus moves.

import { addPeople } from "./more.js";

let last = Promise.resolve(); // one area after the other

/** What a map's frame has to say: how high it is, or who is in the area that was drawn. */
export function hear(source, data) {
  const frame = [...document.querySelectorAll("details.map iframe")].find((each) => each.contentWindow === source);
  if (frame && data?.height > 0) frame.style.height = `${Math.ceil(data.height)}px`;
  const status = document.querySelector(".selection");
  if (frame && status && Array.isArray(data?.selected)) last = last.then(() => select(frame, data.selected, status));
}

async function select(frame, selected, status) {
  const place = frame.getBoundingClientRect().top;
  if (selected.length) await addPeople(document.querySelector("nav.pages"), true);
  show(new Set(selected), status);
  window.scrollBy({ top: frame.getBoundingClientRect().top - place, behavior: "instant" });
}

function show(chosen, status) {
  let shown = 0;
  for (const person of document.querySelectorAll(".result")) {
    person.hidden = chosen.size > 0 && !chosen.has(person.dataset.id);
    shown += person.hidden ? 0 : 1;
  }
  status.hidden = chosen.size === 0;
  status.textContent = `${(shown ? status.dataset.some : status.dataset.none).replace("{n}", shown)} `;
  const all = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: status.dataset.unselect });
  all.addEventListener("click", () => {
    show(new Set(), status);
    document.querySelector("#people").focus({ preventScroll: true });
  });
  status.append(all);
}
