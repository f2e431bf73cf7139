// One table with its neighbours, drawn large: parents on the left, children on the right.

const COLUMN_HEIGHT = 640; // units: a column of neighbours higher than this is broken into two
const NEAR_GAP = { x: 130, y: 22 };

const portOf = (index) => Number(svg.querySelector(`.lines [data-key="${index}"]`)?.dataset.from ?? 12);

function neighbours(model, center) {
  const keys = model.keys.map((key, index) => ({ key, index, child: place.get(key.child), parent: place.get(key.parent) }))
    .filter(({ key, child, parent }) => !key.removed && key.status !== "rejected" && (child === center || parent === center))
    .sort((a, b) => portOf(a.index) - portOf(b.index)); // in the order of the columns: fewer lines cross
  const parents = [...new Set(keys.filter(({ child }) => child === center).map(({ parent }) => parent))]
    .filter((table) => table !== center);
  const children = [...new Set(keys.filter(({ parent }) => parent === center).map(({ child }) => child))]
    .filter((table) => table !== center && !parents.includes(table));
  return { keys, parents, children };
}

// Columns of boxes beside the centre, `side` -1 or 1; each box gets its new upper left corner.
function besideCentre(svg, tables, side, centre, spots) {
  const columns = [[]];
  let used = 0;
  for (const table of tables) {
    const { height } = boxOf(svg, table);
    if (used && used + height > COLUMN_HEIGHT) {
      columns.push([]);
      used = 0;
    }
    columns.at(-1).push(table);
    used += height + NEAR_GAP.y;
  }
  let edge = side > 0 ? centre.width : 0;
  for (const column of columns) {
    const boxes = column.map((table) => ({ table, ...boxOf(svg, table) }));
    const width = Math.max(0, ...boxes.map((box) => box.width));
    const x = side > 0 ? edge + NEAR_GAP.x : edge - NEAR_GAP.x - width;
    let y = centre.height / 2 - boxes.reduce((sum, box) => sum + box.height + NEAR_GAP.y, -NEAR_GAP.y) / 2;
    for (const box of boxes) {
      spots.set(box.table, { ...box, x, y });
      y += box.height + NEAR_GAP.y;
    }
    edge = side > 0 ? x + width : x;
  }
}

function drawFocus(svg, model, center) {
  clearFocus(svg);
  const { keys, parents, children } = neighbours(model, center);
  const own = boxOf(svg, center);
  const spots = new Map([[center, { ...own, x: 0, y: 0 }]]);
  besideCentre(svg, parents, -1, own, spots);
  besideCentre(svg, children, 1, own, spots);
  for (const box of svg.querySelectorAll(".box")) {
    const spot = spots.get(Number(box.dataset.table));
    box.toggleAttribute("hidden", !spot);
    if (!spot) continue;
    const { x, y } = boxOf(svg, box.dataset.table);
    box.setAttribute("transform", `translate(${spot.x - x} ${spot.y - y})`);
  }
  const near = keys.map(({ key, index, child, parent }) => nearLine(svg, key, index, spots.get(child), spots.get(parent)));
  svg.querySelector(".lines").toggleAttribute("hidden", true);
  svg.prepend(draw("g", { class: "near" }, ...near));
  svg.classList.add("focused");
  const all = [...spots.values()];
  const [left, top] = [Math.min(...all.map((box) => box.x)), Math.min(...all.map((box) => box.y))];
  const margin = 40;
  return {
    x: left - margin,
    y: top - margin,
    width: Math.max(...all.map((box) => box.x + box.width)) - left + 2 * margin,
    height: Math.max(...all.map((box) => box.y + box.height)) - top + 2 * margin,
    parents: parents.length,
    children: children.length,
  };
}

function nearLine(svg, key, index, child, parent) {
  const known = svg.querySelector(`.lines [data-key="${index}"]`)?.dataset ?? {};
  const ports = { from: Number(known.from ?? 12), to: Number(known.to ?? 12) };
  const line = draw("a", { class: "line", href: `#k${index}`, "data-status": key.status, "data-sure": known.sure, "data-near": index },
    draw("title", {}), ...lineBetween(child, parent, ports, { single: "single" in known, nullable: "nullable" in known }));
  line.firstChild.textContent = fullLabel(key);
  return line;
}

function clearFocus(svg) {
  svg.querySelector(".near")?.remove();
  svg.querySelector(".lines").toggleAttribute("hidden", false);
  svg.classList.remove("focused");
  for (const box of svg.querySelectorAll(".box")) {
    box.toggleAttribute("hidden", false);
    box.removeAttribute("transform");
  }
}

// What belongs together lights up under the pointer or the focus, the rest steps back.
function light(svg, node) {
  for (const one of svg.querySelectorAll(".lit")) one.classList.remove("lit");
  svg.classList.toggle("lighting", Boolean(node));
  if (!node) return;
  const table = node.dataset.table === undefined ? undefined : Number(node.dataset.table);
  const key = node.dataset.key ?? node.dataset.near;
  node.classList.add("lit");
  model.keys.forEach((one, index) => {
    const ends = [place.get(one.child), place.get(one.parent)];
    if (one.removed || one.status === "rejected" || !(String(index) === key || ends.includes(table))) return;
    for (const line of svg.querySelectorAll(`[data-key="${index}"], [data-near="${index}"]`)) line.classList.add("lit");
    for (const end of ends) svg.querySelector(`.box[data-table="${end}"]`)?.classList.add("lit");
  });
}
