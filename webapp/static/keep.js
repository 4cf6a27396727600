// Stars and judgements in place: the button that was pressed changes, the page stays as it is.

const UNDO = { star: "unstar", fits: "unlabel", unfit: "unlabel", hide: "show" };

let last = Promise.resolve(); // one after the other: the first star begins the list that the second one goes to

/** Do what a person's button says. */
export function keep(form, button, shared) {
  last = last.then(() => press(form, button, shared));
}

async function press(form, button, shared) {
  const said = shared.querySelector(".said");
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!reply.ok) throw new Error(reply.statusText);
    const answer = await reply.json();
    show(button, answer, shared.dataset.show);
    tell(said, answer.pressed.hide ? "" : answer.said); // whoever was hidden says so in their own place
  } catch {
    tell(said, shared.dataset.failed);
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
  for (const [name, undo] of Object.entries(UNDO)) {
    const each = person.querySelector(`button.press.${name}`);
    if (!each) continue;
    each.ariaPressed = String(pressed[name]);
    each.name = pressed[name] ? undo : name;
  }
  const where = document.querySelector("#kept-where");
  if (where && shortlist) {
    const link = Object.assign(document.createElement("a"), { href: address, textContent: shortlist });
    where.replaceChildren(link);
  }
  if (person.matches(".result")) fold(person, pressed.hide, said, again);
}

/** Somebody who was hidden becomes one line with a way back. */
function fold(person, hidden, said, again) {
  const line = person.querySelector(".folded");
  if (!hidden) {
    line?.remove();
    person.classList.remove("away");
    if (line) person.querySelector("button.hide").focus();
    return;
  }
  if (line) return;
  const back = Object.assign(document.createElement("button"), { className: "quiet", name: UNDO.hide, textContent: again });
  const folded = Object.assign(document.createElement("p"), { className: "folded soft" });
  folded.append(`${said} `, back);
  person.querySelector("form").append(folded);
  person.classList.add("away");
  back.focus();
}
