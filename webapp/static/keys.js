// Keys: / to the box, arrows through the people, Enter opens (as links do), Esc clears or leaves.

export function atKeys(box) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const inField = event.target.closest("textarea, input, select");
    if (event.key === "/" && !inField && box) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && event.target === box) {
      if (box.value) box.value = "";
      else box.blur();
      box.dispatchEvent(new Event("input"));
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !inField) {
      const people = [...document.querySelectorAll(".result:not([hidden]) h2 a, .compared a")];
      const at = people.indexOf(document.activeElement);
      const next = people[event.key === "ArrowDown" ? at + 1 : Math.max(0, at - 1)];
      if (next && (at >= 0 || event.key === "ArrowDown")) {
        event.preventDefault();
        next.focus();
        next.scrollIntoView({ block: "nearest" });
      }
    }
  });
}
