// Keys: / to the box, Esc leaves it, arrows from one person to the next while one of them has the focus.
// Whoever speaks to the computer can turn / off (WCAG 2.1.4).

const KEPT = "keys";

export function listenForKeys(box, about) {
  let on = read() !== "off";
  const button = about?.querySelector("button");
  if (button) {
    const show = () => { button.textContent = on ? button.dataset.off : button.dataset.on; };
    button.addEventListener("click", () => {
      on = !on;
      write(on ? "on" : "off");
      show();
    });
    show();
    about.hidden = false;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target === box) box.blur();
    else if (event.key === "/" && on && box && !event.target.closest("textarea, input, select, pre")) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event);
  });
}

function step(event) {
  const people = [...document.querySelectorAll(".result:not([hidden]) h2 a, .compared a")];
  const at = people.indexOf(event.target);
  const next = at < 0 ? null : people[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.closest("li").scrollIntoView({ block: "nearest" });
}

function read() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

function write(value) {
  try { localStorage.setItem(KEPT, value); } catch { /* this page alone, then */ }
}
