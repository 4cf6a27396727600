// "More people" adds the next page's people to this one.

export function loadMore(pages) {
  const link = pages?.querySelector("a[rel=next]");
  if (!link) return;
  const told = document.createElement("p");
  told.setAttribute("role", "status");
  pages.append(told);
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || link.ariaBusy === "true") return;
    event.preventDefault();
    link.ariaBusy = "true";
    told.textContent = pages.dataset.loading;
    try {
      const reply = await fetch(link.href);
      if (!reply.ok) throw new Error(reply.statusText);
      const next = new DOMParser().parseFromString(await reply.text(), "text/html");
      const people = [...next.querySelectorAll(".results > li")];
      document.querySelector(".results").append(...people);
      people[0]?.querySelector("h2 a").focus();
      const after = next.querySelector("nav.pages a[rel=next]");
      if (after) link.href = after.href;
      else link.remove();
      const note = next.querySelector(".note");
      if (note && !document.querySelector(".note")) pages.before(note);
      told.textContent = "";
    } catch {
      told.textContent = pages.dataset.failed;
    }
    link.ariaBusy = "false";
  });
}
