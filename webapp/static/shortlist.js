// A shortlist: notes are saved when they are left, people are dragged, saved searches say how many are new.

import { tell } from "./keep.js";

export function wireShortlist() {
  const said = document.querySelector(".said[data-saved]");
  document.querySelectorAll("form.note").forEach((form) => saveWhenLeft(form, said));
  const list = document.querySelector(".kept-people:not(.shared)");
  if (list) wireDragging(list, document.querySelector("#arrange"), said);
  document.querySelectorAll(".new[data-src]").forEach(countNew);
}

async function send(form, pairs) {
  const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(pairs), headers: { Accept: "application/json" } });
  return { ok: reply.ok, ...(await reply.json()) };
}

function saveWhenLeft(form, said) {
  const button = form.querySelector("button");
  const wrong = form.querySelector(".wrong");
  button.hidden = true;
  const save = async (event) => {
    event?.preventDefault();
    try {
      const answer = await send(form, [...new FormData(form), [button.name, button.value]]);
      form.elements.note_revision.value = answer.note_revision;
      form.elements.note.ariaInvalid = String(!answer.ok);
      if (answer.ok) form.parentElement.querySelector(".printed").textContent = form.elements.note.value;
      wrong.hidden = answer.ok;
      button.hidden = answer.ok;
      wrong.textContent = answer.problem ?? "";
      tell(said, answer.ok ? said.dataset.saved : "");
    } catch {
      tell(said, said.dataset.failed);
    }
  };
  form.elements.note.addEventListener("change", save);
  form.addEventListener("submit", save);
}

function wireDragging(list, form, said) {
  let dragged = null;
  for (const person of list.children) {
    const grip = person.querySelector(".grip");
    grip.hidden = list.children.length < 2;
    grip.draggable = true;
    grip.addEventListener("dragstart", (event) => {
      dragged = person;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", person.dataset.id);
      event.dataTransfer.setDragImage(person, 0, 0);
      person.classList.add("dragged");
    });
    grip.addEventListener("dragend", () => {
      person.classList.remove("dragged");
      dragged = null;
    });
    person.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const box = person.getBoundingClientRect();
      if (person !== dragged) person[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    });
  }
  list.addEventListener("drop", async (event) => {
    if (!dragged) return;
    event.preventDefault();
    const place = [...list.children].indexOf(dragged);
    try {
      const answer = await send(form, [["move", dragged.dataset.id], ["place", place], ["revision", form.elements.revision.value]]);
      if (!answer.ok) return location.reload(); // somebody else put them in order: theirs is shown
      document.querySelectorAll("input[name=revision]").forEach((each) => { each.value = answer.revision; });
      renumber(list);
      tell(said, said.dataset.moved.replace("{n}", place + 1));
    } catch {
      tell(said, said.dataset.failed);
    }
  });
}

function renumber(list) {
  [...list.children].forEach((person, at, all) => {
    person.id = `n${at + 1}`;
    person.querySelector(".rank").textContent = at + 1;
    person.querySelector("[name=up]").disabled = at === 0;
    person.querySelector("[name=down]").disabled = at === all.length - 1;
  });
}

/** One search after the other: a machine for many people answers them meanwhile, too. */
let last = Promise.resolve();
function countNew(place) {
  last = last.then(async () => {
    try {
      const reply = await fetch(place.dataset.src);
      if (reply.ok) place.querySelector("a").innerHTML = await reply.text();
    } catch { /* the link stays */ }
  });
}
