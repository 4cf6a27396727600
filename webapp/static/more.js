// "More people" adds the next page's people to this one, and the address says so, for the way back.

import { nameButtons } from "./people.js";

const MOST = 200;

/** Add the next people, and go to the first of them. */
export async function addAndFocus(pages) {
  if (pages.querySelector("a[rel=next]")?.ariaBusy === "true") return;
  const [first] = await addPeople(pages);
  first?.querySelector("h2 a").focus();
}

/** Add the next people, or all that there are; they are returned. */
export async function addPeople(pages, all = false) {
  const link = pages?.querySelector("a[rel=next]");
  if (!link) return [];
  const status = pages.querySelector("[role=status]") ?? statusOf(pages);
  link.ariaBusy = "true";
  status.textContent = pages.dataset.loading;
  try {
    const reply = await fetch(all ? upToTheLast(link.href) : link.href);
    if (!reply.ok) throw new Error(reply.statusText);
    const next = new DOMParser().parseFromString(await reply.text(), "text/html");
    const people = [...next.querySelectorAll(".results > li")];
    document.querySelector(".results").append(...people);
    nameButtons(people);
    const after = next.querySelector("nav.pages a[rel=next]");
    if (after) link.href = after.href;
    else link.remove();
    const shown = document.querySelectorAll(".result").length;
    keepInAddress(shown);
    status.textContent = pages.dataset.shown.replace("{n}", shown);
    return people;
  } catch {
    status.textContent = pages.dataset.failed;
    return [];
  } finally {
    link.ariaBusy = "false";
  }
}

function statusOf(pages) {
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  pages.append(status);
  return status;
}

function upToTheLast(address) {
  const there = new URL(address);
  there.searchParams.set("k", MOST - Number(there.searchParams.get("offset")));
  return there;
}

function keepInAddress(shown) {
  const here = new URL(location);
  here.searchParams.set("k", shown);
  history.replaceState(history.state, "", here);
}
