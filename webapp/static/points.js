// Reads the map's bytes (profilesearch/map.py has the format), and draws hulls around points.

export function readPoints(buffer) {
  const head = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, head)));
  const { count, scale, labels, sizes } = header;
  const start = 4 + head;
  const scaled = (from) => Float32Array.from(new Int16Array(buffer, from, count), (step) => step * scale);
  const rest = new TextDecoder().decode(new Uint8Array(buffer, start + 6 * count));
  return {
    labels, sizes, ids: count ? rest.split("\n") : [],
    xs: scaled(start), ys: scaled(start + 2 * count),
    clusters: new Uint16Array(buffer, start + 4 * count, count),
  };
}

/** The convex hull of the nine tenths of some points that are nearest to their middle, closed (Andrew 1979). */
export function hull(positions, xs, ys) {
  if (!positions.length) return [];
  const middle = (values) => positions.reduce((sum, at) => sum + values[at], 0) / positions.length;
  const [mx, my] = [middle(xs), middle(ys)];
  const points = positions.map((at) => [xs[at], ys[at]])
    .sort((a, b) => Math.hypot(a[0] - mx, a[1] - my) - Math.hypot(b[0] - mx, b[1] - my))
    .slice(0, Math.max(3, Math.ceil(positions.length * 0.9)))
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (all) => all.reduce((line, point) => {
    while (line.length > 1 && turn(line.at(-2), line.at(-1), point) <= 0) line.pop();
    line.push(point);
    return line;
  }, []);
  const outline = [...half(points).slice(0, -1), ...half([...points].reverse()).slice(0, -1)];
  return [...outline, outline[0]];
}
