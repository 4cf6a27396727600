// Draws the map: every profile by cluster, results, the query's star, and the hulls of the clusters that were searched.

import { hull, readPoints } from "./points.js";
import { listenToFingers } from "./touch.js";

const place = document.querySelector("#map");
const told = document.querySelector("#told");
const tip = document.querySelector("#tip");
const drawn = JSON.parse(place.dataset.drawn);
const { star, searched, person } = drawn;
const results = drawn.results ?? resultsAround();
const texts = JSON.parse(place.dataset.texts);
const search = new URLSearchParams(Object.entries(JSON.parse(place.dataset.search)).flatMap(([name, values]) => values.map((value) => [name, value])));
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#e9e6e0" : "#1d2530";
const COLOURS = dark
  ? ["#6ea8f0", "#f0906a", "#6cc97a", "#c88fe0", "#e0bd4f", "#4fc9c4", "#f07fa0", "#9a90f0", "#b5c25a", "#b0aaa0"]
  : ["#2563b8", "#c2501f", "#2c8a3c", "#8a3fa8", "#9a7400", "#0f8480", "#b8305c", "#574bc4", "#6b7a10", "#6b655c"];
const SIGNS = ["●", "■", "◆", "▲", "✚", "✖", "▼", "⬟", "⬢", "✦"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "pentagon", "hexagon", "star-triangle-up"];

try {
  const reply = await fetchPoints();
  if (!reply.ok) throw new Error((await reply.json()).error.message);
  await draw(readPoints(await reply.arrayBuffer()));
  told.hidden = true;
  document.documentElement.dataset.drawn = "yes";
  tellHeight();
  window.addEventListener("resize", tellHeight);
} catch (error) {
  told.textContent = texts.failed.replace("{why}", error.message);
}

/** The results on the page around this frame; none if it stands alone. */
function resultsAround() {
  if (parent === window) return [];
  return [...parent.document.querySelectorAll(".result")].map((result) => result.dataset.id);
}

/** The map's bytes; while the server makes its first map it says when to ask again, and is asked for a minute. */
async function fetchPoints() {
  for (let waited = 0; ; ) {
    const reply = await fetch(place.dataset.points);
    const seconds = Number(reply.headers.get("Retry-After"));
    if (reply.status !== 503 || !seconds || waited >= 60) return reply;
    waited += seconds;
    await new Promise((done) => { setTimeout(done, 1000 * seconds); });
  }
}

/** The page around this frame makes room for all of it. */
function tellHeight() {
  if (parent !== window) parent.postMessage({ height: document.querySelector("main").offsetHeight }, location.origin);
}

/** Browsers take "." and ".." out of paths. */
function addressOf(base, id, query = new URLSearchParams()) {
  const there = new URL(/^\.{1,2}$/.test(id) ? `${base.slice(0, -1)}?id=${id}` : base + encodeURIComponent(id), location);
  query.forEach((value, name) => there.searchParams.append(name, value));
  return there;
}

/** The wheel scrolls the page; with Ctrl or ⌘ it zooms. */
function leaveScrolling(plot) {
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopImmediatePropagation();
  }, { capture: true });
}

async function draw(points) {
  tellLegend(points.labels, points.sizes);
  leaveScrolling(place);
  listenToFingers(place);
  await window.Plotly.newPlot(place, tracesOf(points), {
    autosize: true, margin: { l: 4, r: 4, t: 4, b: 4 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: { visible: false }, yaxis: { visible: false }, showlegend: false, dragmode: "pan", hovermode: "closest", font: { color: ink, size: 11 },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: dark ? "#a5adba" : "#566072", activecolor: dark ? "#ffb454" : "#b3540a" },
  }, { responsive: true, displaylogo: false, scrollZoom: true, displayModeBar: true, plotGlPixelRatio: Math.min(2, devicePixelRatio),
    modeBarButtons: [["pan2d", "lasso2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]] });
  place.on("plotly_hover", showTip);
  place.on("plotly_unhover", () => { tip.hidden = true; });
  place.on("plotly_relayout", () => { place.dataset.tool = place.layout.dragmode; });
  place.on("plotly_click", (event) => {
    const id = event.points[0].customdata;
    if (id) top.location = addressOf(place.dataset.profile, id, search);
  });
  place.on("plotly_selected", (event) => tell((event?.points ?? []).map((point) => point.customdata).filter(Boolean)));
  place.on("plotly_deselect", () => tell([]));
}

/** What is drawn: everybody by cluster, hulls of the clusters that were searched, results, a person, the query's star. */
function tracesOf({ labels, ids, xs, ys, clusters }) {
  const positions = new Map(ids.map((id, position) => [id, position]));
  const members = labels.map(() => []);
  clusters.forEach((cluster, position) => members[cluster]?.push(position));
  const size = ids.length > 30000 ? 2.5 : ids.length > 3000 ? 4 : 6;
  const anySearched = searched.length > 0 && searched.length < labels.length;
  const traces = labels.map((label, cluster) => ({
    type: "scattergl", mode: "markers", name: label,
    x: members[cluster].map((position) => xs[position]), y: members[cluster].map((position) => ys[position]),
    customdata: members[cluster].map((position) => ids[position]), hoverinfo: "none",
    marker: { size, color: COLOURS[cluster % 10], symbol: SYMBOLS[cluster % 10], opacity: anySearched && !searched.includes(cluster) ? 0.25 : 0.6 },
    selected: { marker: { opacity: 1 } }, unselected: { marker: { opacity: 0.1 } },
  }));
  for (const cluster of anySearched ? searched : []) {
    const outline = hull(members[cluster], xs, ys);
    traces.push({
      type: "scattergl", mode: "lines", x: outline.map((point) => point[0]), y: outline.map((point) => point[1]),
      line: { color: COLOURS[cluster % 10], width: 2, dash: "dot" }, hoverinfo: "skip",
    });
  }
  const found = results.filter((id) => positions.has(id));
  if (found.length) traces.push(marks(found, positions, xs, ys, texts.results, { size: size + 3, color: searched.length === 1 ? COLOURS[searched[0] % 10] : "rgba(0,0,0,0)", line: { color: ink, width: 1.2 } }));
  if (person && positions.has(person)) traces.push(marks([person], positions, xs, ys, texts.person, { size: 16, symbol: "star", color: ink }));
  if (star) {
    traces.push({
      type: "scattergl", mode: "markers", name: texts.query, x: [star[0]], y: [star[1]], hoverinfo: "name",
      marker: { size: 20, symbol: "star", color: dark ? "#ffb454" : "#b3540a", line: { color: ink, width: 1.5 } },
    });
  }
  return traces;
}

/** The clusters with their sizes, each a way to search it; then what the other marks mean. */
function tellLegend(labels, sizes) {
  const legend = document.querySelector("#legend");
  const asked = search.get("q") || search.get("t") || search.get("like");
  labels.forEach((label, cluster) => {
    const text = `${label} (${sizes[cluster].toLocaleString()})`;
    if (!asked) return legend.append(entry(SIGNS[cluster % 10], COLOURS[cluster % 10], text));
    const there = new URLSearchParams(search);
    there.delete("offset");
    there.set("cluster", cluster);
    const link = Object.assign(document.createElement("a"), { href: `${place.dataset.home}?${there}`, target: "_top", textContent: text });
    return legend.append(entry(SIGNS[cluster % 10], COLOURS[cluster % 10], link));
  });
  if (results.length) legend.append(entry("○", ink, texts.results));
  if (person) legend.append(entry("★", ink, texts.person));
  if (star) legend.append(entry("★", dark ? "#ffb454" : "#b3540a", texts.query));
}

function entry(sign, colour, what) {
  const item = document.createElement("li");
  const mark = Object.assign(document.createElement("span"), { textContent: sign, ariaHidden: "true" });
  mark.style.color = colour;
  item.append(mark, " ", what);
  return item;
}

function marks(ids, positions, xs, ys, name, marker) {
  const at = ids.map((id) => positions.get(id));
  return { type: "scattergl", mode: "markers", name, x: at.map((p) => xs[p]), y: at.map((p) => ys[p]), customdata: ids, hoverinfo: "none", marker };
}

function tell(selected) {
  if (parent !== window) parent.postMessage({ selected: [...new Set(selected)] }, location.origin);
}

const headlines = new Map();

async function showTip(event) {
  const id = event.points[0].customdata;
  if (!id) return;
  tip.dataset.id = id;
  tip.textContent = headlines.get(id) ?? id;
  const { clientX, clientY } = event.event;
  tip.style.left = `${Math.min(clientX + 12, innerWidth - 180)}px`;
  tip.style.top = `${Math.max(4, clientY - 36)}px`;
  tip.hidden = false;
  if (!headlines.has(id)) {
    const reply = await fetch(addressOf(place.dataset.api, id));
    if (reply.ok) headlines.set(id, (await reply.json()).headline);
    if (tip.dataset.id === id && headlines.has(id)) tip.textContent = headlines.get(id);
  }
}
