// An area drawn on the map shows only the results that lie in it, among the first 200.

export function listenToMap(told) {
  if (!told) return;
  window.addEventListener("message", async (event) => {
    if (event.origin !== location.origin || !Array.isArray(event.data?.selected)) return;
    const chosen = new Set(event.data.selected);
    const next = () => document.querySelector("nav.pages a[rel=next]");
    for (let tries = 0; chosen.size && next() && tries < 8; tries += 1) await loadAnother(next());
    let shown = 0;
    for (const person of document.querySelectorAll(".result")) {
      person.hidden = chosen.size > 0 && !chosen.has(person.dataset.id);
      shown += person.hidden ? 0 : 1;
    }
    told.hidden = chosen.size === 0;
    told.textContent = `${(shown ? told.dataset.some : told.dataset.none).replace("{n}", shown)} `;
    const all = document.createElement("button");
    all.className = "quiet";
    all.textContent = told.dataset.unselect;
    all.addEventListener("click", () => {
      document.querySelectorAll(".result").forEach((person) => { person.hidden = false; });
      told.hidden = true;
    });
    told.append(all);
  });
}

async function loadAnother(link) {
  const before = document.querySelectorAll(".result").length;
  link.click();
  for (let waited = 0; waited < 100; waited += 1) {
    await new Promise((done) => { setTimeout(done, 30); });
    if (document.querySelectorAll(".result").length > before || !link.isConnected) return;
  }
}
