// The map under fingers: one scrolls the page (or draws, with the lasso), two move the map and zoom it.

export function listenToFingers(plot) {
  let before = null;
  let asked = 0;
  plot.addEventListener("touchstart", (event) => {
    if (!event.target.closest(".nsewdrag")) return;
    before = event.touches.length === 2 ? { fingers: fingersOf(event), ranges: rangesOf(plot) } : null;
    if (before) event.preventDefault(); // else the browser takes two fingers that go down for one that scrolls
    if (before || plot.dataset.tool !== "lasso") event.stopImmediatePropagation();
  }, { capture: true, passive: false });
  plot.addEventListener("touchmove", (event) => {
    if (!before || event.touches.length !== 2) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const ranges = moved(plot, before, fingersOf(event));
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => window.Plotly.relayout(plot, ranges));
  }, { capture: true, passive: false });
  for (const end of ["touchend", "touchcancel"]) plot.addEventListener(end, (event) => {
    if (event.touches.length < 2) before = null;
  }, { capture: true });
}

/** Where the middle of two fingers is in the window, and how far apart they are. */
function fingersOf({ touches: [one, other] }) {
  const [dx, dy] = [other.clientX - one.clientX, other.clientY - one.clientY];
  return { x: one.clientX + dx / 2, y: one.clientY + dy / 2, apart: Math.max(Math.hypot(dx, dy), 1) };
}

function rangesOf({ _fullLayout: { xaxis, yaxis } }) {
  return { x: [...xaxis.range], y: [...yaxis.range] };
}

/** What is seen once the fingers have moved: what was between them still is. */
function moved(plot, { fingers, ranges }, now) {
  const { xaxis, yaxis, _size: size } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  const along = (from, to, range) => {
    const width = (range[1] - range[0]) * (fingers.apart / now.apart);
    const start = range[0] + from * (range[1] - range[0]) - to * width;
    return [start, start + width];
  };
  const across = ({ x }) => (x - box.left - size.l) / xaxis._length;
  const up = ({ y }) => 1 - (y - box.top - size.t) / yaxis._length;
  return { "xaxis.range": along(across(fingers), across(now), ranges.x), "yaxis.range": along(up(fingers), up(now), ranges.y) };
}
