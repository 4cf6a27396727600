// Filters and map: loaded once they are wanted, or where there is room for them; filters search at once.

const KEPT = "filter"; // the one that was chosen last, to be found again on the next page

export function wirePanels() {
  document.querySelectorAll("details.facets[data-src]").forEach(loadWhenOpen);
  document.querySelectorAll("details.facets, details.reading").forEach(wireFilters);
  document.querySelectorAll("details.map").forEach(drawWhenOpen);
  const last = take(KEPT);
  const facets = document.querySelector("aside details.facets");
  if (facets && last) {
    facets.dataset.last = last;
    facets.open = true;
    if (!facets.dataset.src) focusLast(facets);
  }
  if (matchMedia("(min-width: 60rem)").matches) {
    whenIdle(() => document.querySelectorAll("aside details.facets, aside details.map").forEach((panel) => { panel.open = true; }));
  }
}

function loadWhenOpen(panel) {
  panel.addEventListener("toggle", async () => {
    if (!panel.open || panel.dataset.loaded) return;
    panel.dataset.loaded = "yes";
    const content = panel.querySelector(".content");
    try {
      content.innerHTML = await textOf(panel.dataset.src);
      content.querySelectorAll(".find").forEach(wireFind);
      focusLast(panel);
    } catch {
      content.querySelector("p").textContent = panel.dataset.failed;
      delete panel.dataset.loaded;
    }
  });
}

async function textOf(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(reply.statusText);
  return reply.text();
}

function wireFilters(panel) {
  panel.querySelectorAll(".find").forEach(wireFind);
  panel.addEventListener("change", ({ target }) => {
    if (target.type !== "checkbox") return;
    keep(KEPT, `${target.name}=${target.value}`);
    target.form.requestSubmit();
  });
}

function focusLast(panel) {
  const { last } = panel.dataset;
  const found = last && [...panel.querySelectorAll("input[type=checkbox]")].find((input) => `${input.name}=${input.value}` === last);
  if (found) found.focus({ preventScroll: true });
}

/** Type-ahead over all values of a field. */
function wireFind(input) {
  const field = input.closest(".facet");
  const list = field.querySelector("ul");
  const most = list.innerHTML;
  let latest = 0;
  input.hidden = false;
  input.addEventListener("input", async () => {
    const mine = ++latest;
    const text = input.value.trim();
    const there = new URL(input.dataset.src, location);
    there.searchParams.set("view-text", text);
    const values = text ? await textOf(there).catch(() => most) : most;
    if (mine === latest) list.innerHTML = values;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("input:not(:checked)")?.click();
  });
}

function drawWhenOpen(panel) {
  panel.addEventListener("toggle", () => {
    if (!panel.open || panel.querySelector("iframe")) return;
    const frame = document.createElement("iframe");
    frame.src = panel.dataset.src;
    frame.title = panel.querySelector("summary").textContent;
    panel.querySelector(".frame").append(frame);
  });
}

/** Once the results are painted, and nothing more urgent is to be done. */
function whenIdle(work) {
  const later = window.requestIdleCallback ?? ((call) => setTimeout(call, 200));
  const painted = () => requestAnimationFrame(() => later(work));
  if (performance.getEntriesByName("first-contentful-paint").length) return painted();
  new PerformanceObserver((list, observer) => {
    if (!list.getEntriesByName("first-contentful-paint").length) return;
    observer.disconnect();
    painted();
  }).observe({ type: "paint", buffered: true });
}

function keep(name, value) {
  try { sessionStorage.setItem(name, value); } catch { /* then it is looked for again */ }
}

function take(name) {
  try {
    const value = sessionStorage.getItem(name);
    sessionStorage.removeItem(name);
    return value;
  } catch { return null; }
}
