// Stars and judgements in place: the button that was pressed changes, the page stays as it is.

export function keepInPlace(form) {
  if (!form) return;
  let last = Promise.resolve(); // one after the other: the first star begins the list that the second one goes to
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.do) return;
    event.preventDefault();
    last = last.then(() => press(button, form));
  });
}

async function press(button, form) {
  const said = form.querySelector(".said");
  const body = new URLSearchParams(new FormData(form)); // which version found the people
  body.set(button.name, button.value);
  try {
    const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!reply.ok) throw new Error(reply.statusText);
    const answer = await reply.json();
    show(button, answer, form.dataset.show);
    tell(said, answer.pressed.hide ? "" : answer.said); // whoever was hidden says so in their own place
  } catch {
    tell(said, form.dataset.failed);
  }
}

let ends = 0;

/** Say what was done, for some seconds. */
export function tell(status, text) {
  clearTimeout(ends);
  status.textContent = text;
  ends = setTimeout(() => { status.textContent = ""; }, 6000);
}

function show(button, { pressed, said, shortlist, address }, again) {
  const person = button.closest(".result, .profile");
  for (const each of person.querySelectorAll("button[data-do]")) {
    const on = pressed[each.dataset.do];
    each.ariaPressed = String(on);
    each.name = on ? each.dataset.undo : each.dataset.do;
  }
  const where = document.querySelector("#kept-where");
  if (where && shortlist) {
    const link = Object.assign(document.createElement("a"), { href: address, textContent: shortlist });
    where.replaceChildren(link);
  }
  if (person.matches(".result")) fold(person, pressed.hide, said, button, again);
}

/** Somebody who was hidden becomes one line with a way back. */
function fold(person, hidden, said, button, again) {
  const line = person.querySelector(":scope > .folded");
  if (!hidden) {
    line?.remove();
    person.classList.remove("away");
    if (line) person.querySelector("button.hide").focus();
    return;
  }
  if (line) return;
  const back = button.cloneNode();
  back.className = "quiet";
  back.textContent = again;
  back.removeAttribute("aria-pressed");
  back.ariaLabel = again;
  const folded = document.createElement("p");
  folded.className = "folded soft";
  folded.append(`${said} `, back);
  person.append(folded);
  person.classList.add("away");
  back.focus();
}
