// The box: characters are counted, a short text goes into the address, and a text that was edited is never lost.

export function wireBox(form) {
  if (!form) return;
  const box = form.querySelector("#q");
  countCharacters(box, form.querySelector(".count"));
  form.addEventListener("submit", (event) => {
    if (box.value.length > Number(box.dataset.longest)) {
      event.preventDefault();
      box.focus();
      return;
    }
    form.method = box.value.length > Number(form.dataset.short) ? "post" : "get"; // a short text needs no way round
    showBusy(form);
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const name of [...formData.keys()]) if (formData.getAll(name).every((value) => value === "")) formData.delete(name);
  });
  form.addEventListener("formdata", ({ formData }) => {
    const parts = [...form.elements].filter((each) => each.name === "parts");
    if (parts.every((part) => part.checked === (part.dataset.asked === "1"))) formData.delete("parts"); // what is read anyway
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !box.value.includes("\n")) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.querySelectorAll("input[name=cluster]").forEach((choice) => choice.addEventListener("click", (event) => {
    if (event.detail && (box.defaultValue || form.elements.like)) form.requestSubmit(); // arrow keys only choose
  }));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.filter");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || box.value === box.defaultValue || !box.value.trim()) return;
    event.preventDefault();
    send(form, box.value, new URL(link.href).searchParams);
  });
  window.addEventListener("pageshow", (event) => {
    if (form.ariaBusy) showReady(form);
    const cameBack = event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (cameBack && box.defaultValue) form.reset(); // what the page shows, not what was typed after it
  });
}

/** Search for a text as a link would, with that link's filters. */
function send(form, text, parameters) {
  const other = document.createElement("form");
  Object.assign(other, { method: "post", action: form.action, hidden: true });
  for (const [name, value] of [...parameters, ["q", text]]) {
    if ((name === "q" && value !== text) || name === "t" || name === "like") continue;
    other.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(other);
  other.submit();
}

function countCharacters(box, count) {
  const show = () => {
    const left = Number(box.dataset.longest) - box.value.length;
    const text = left < 0 ? count.dataset.over : left < box.dataset.longest / 10 ? count.dataset.left : "";
    count.textContent = text.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang));
    box.ariaInvalid = String(left < 0);
  };
  box.addEventListener("input", show);
  show();
}

function showBusy(form) {
  const button = form.querySelector("button[type=submit]");
  form.ariaBusy = "true";
  button.dataset.ready = button.textContent;
  button.textContent = form.dataset.busy;
}

function showReady(form) {
  const button = form.querySelector("button[type=submit]");
  form.ariaBusy = null;
  button.textContent = button.dataset.ready;
}
