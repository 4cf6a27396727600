// What the pages do beyond HTML: counting, keys, more people in place, filters and map when they are wanted.

import { atKeys } from "./keys.js";
import { loadMore } from "./more.js";
import { listenToMap } from "./selection.js";

const box = document.querySelector("#q");
if (box) {
  countCharacters(box, document.querySelector(".count"));
  box.form.addEventListener("submit", () => {
    box.form.method = box.value.length > Number(box.form.dataset.short) ? "post" : "get"; // a short text needs no way round
    showBusy(box.form);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !box.value.includes("\n")) {
      event.preventDefault();
      box.form.requestSubmit();
    }
  });
}
window.addEventListener("pageshow", (event) => {
  document.querySelectorAll("form[aria-busy]").forEach(showReady);
  const cameBack = event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (cameBack && box?.defaultValue) box.value = box.defaultValue;
});
atKeys(box);
loadMore(document.querySelector("nav.pages"));
document.querySelectorAll("button.copy").forEach(offerCopy);
document.querySelectorAll("details.facets[data-src]").forEach(loadWhenOpen);
document.querySelectorAll("details.map").forEach(drawWhenOpen);
listenToMap(document.querySelector(".selection"));
if (matchMedia("(min-width: 70rem)").matches) {
  whenIdle(() => document.querySelectorAll("aside details.facets, aside details.map").forEach((each) => { each.open = true; }));
}

function countCharacters(area, told) {
  if (!told) return;
  const show = () => {
    const left = area.maxLength - area.value.length;
    told.hidden = left > area.maxLength / 10;
    told.textContent = told.dataset.left.replace("{n}", left.toLocaleString());
  };
  area.addEventListener("input", show);
  show();
}

function showBusy(form) {
  const button = form.querySelector("button[type=submit]");
  form.setAttribute("aria-busy", "true");
  button.dataset.ready = button.textContent;
  button.textContent = form.dataset.busy ?? button.textContent;
}

function showReady(form) {
  const button = form.querySelector("button[type=submit]");
  form.removeAttribute("aria-busy");
  button.textContent = button.dataset.ready;
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

function loadWhenOpen(panel) {
  panel.addEventListener("toggle", async () => {
    if (!panel.open || panel.dataset.loaded) return;
    panel.dataset.loaded = "yes";
    const content = panel.querySelector(".content");
    try {
      const reply = await fetch(panel.dataset.src);
      if (!reply.ok) throw new Error(reply.statusText);
      content.innerHTML = await reply.text();
    } catch {
      content.textContent = panel.dataset.failed;
      delete panel.dataset.loaded;
    }
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
