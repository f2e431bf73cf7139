// The diagram: moved and zoomed by its viewBox, boxes and lines coloured as decisions fall, added keys drawn in.

const SVG = "http://www.w3.org/2000/svg";
const NARROW = 700; // pixels: on a screen narrower than this the whole of a large diagram could not be read
const LEAST_SCALE = 0.45; // pixels a unit there
const FAR = 0.75; // pixels a unit: smaller than this only the names of tables can be read
const NAME_PIXELS = 11.5; // of a table's name seen from afar
const DRAG = 4; // pixels: less is a click

function openDiagram(svg, canvas) {
  let whole = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let view = { ...whole };
  const unit = () => Math.max(view.width / (svg.clientWidth || 1), view.height / (svg.clientHeight || 1));
  const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());

  function show() {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    nameFromAfar(svg, 1 / unit());
  }

  function zoom(factor, x, y) {
    const box = svg.getBoundingClientRect();
    const point = at(x ?? box.left + box.width / 2, y ?? box.top + box.height / 2);
    const width = Math.min(Math.max(view.width / factor, 80), whole.width * 4);
    const scale = width / view.width;
    view = {
      x: point.x - (point.x - view.x) * scale,
      y: point.y - (point.y - view.y) * scale,
      width,
      height: view.height * scale,
    };
    show();
  }

  function move(dx, dy) {
    view = { ...view, x: view.x + dx, y: view.y + dy };
    show();
  }

  // Shows a part in full; never larger than life.
  function frame(part) {
    whole = part;
    const [width, height] = [Math.max(part.width, svg.clientWidth || 0), Math.max(part.height, svg.clientHeight || 0)];
    view = part.width < width && part.height < height
      ? { x: part.x - (width - part.width) / 2, y: part.y - (height - part.height) / 2, width, height } : { ...part };
    show();
    const scale = 1 / unit();
    if (scale >= LEAST_SCALE || svg.clientWidth > NARROW) return;
    view = { x: part.x, y: part.y, width: svg.clientWidth / LEAST_SCALE, height: svg.clientHeight / LEAST_SCALE };
    show();
  }

  listen(svg, canvas, { zoom, move, all: () => frame(whole), unit, width: () => view.width });
  frame(whole);
  window.addEventListener("beforeprint", () => {
    view = { ...whole };
    show();
  });
  return { zoom, frame, all: () => frame(whole) };
}

// From afar the columns are left out and the names grow, so that sixty tables can be told apart at a glance.
function nameFromAfar(svg, scale) {
  const far = scale < FAR;
  if (!far && !svg.classList.contains("far")) return;
  svg.classList.toggle("far", far);
  for (const box of svg.querySelectorAll(".box")) {
    const [name, frame] = [box.querySelector(".name"), box.querySelector(".frame")];
    const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => Number(frame.getAttribute(side)));
    name.dataset.text ??= name.textContent;
    name.dataset.y ??= name.getAttribute("y");
    const fitting = (lines) => Math.min(NAME_PIXELS / scale, (width - 10) / (Math.max(...lines.map((line) => line.length)) * 0.69),
      (height - 4) / (lines.length * 1.15));
    const [one, two] = [[name.dataset.text], halves(name.dataset.text)];
    const lines = fitting(two) > fitting(one) ? two : one;
    const size = Math.max(12, fitting(lines));
    name.style.fontSize = far ? `${size}px` : "";
    name.setAttribute("y", name.dataset.y);
    if (!far) name.textContent = name.dataset.text;
    else {
      name.replaceChildren(...lines.map((line, i) => {
        const part = draw("tspan", { x: x + 6, y: y + height / 2 + size * (0.35 + 1.15 * (i - (lines.length - 1) / 2)) });
        part.textContent = line;
        return part;
      }));
    }
  }
}

// A name in two lines, broken where a word ends, as near the middle as can be.
function halves(text) {
  const ends = [...text.matchAll(/[_\s.-]+|[a-z](?=[A-Z])/g)].map((found) => found.index + found[0].length);
  const best = ends.sort((a, b) => Math.abs(a - text.length / 2) - Math.abs(b - text.length / 2))[0];
  return best ? [text.slice(0, best), text.slice(best)] : [text];
}

function listen(svg, canvas, { zoom, move, all, unit, width }) {
  const pointers = new Map();
  let dragged = false;
  const spread = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);
  svg.addEventListener("pointerdown", (event) => {
    if (!pointers.size) dragged = false;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  window.addEventListener("pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const [dx, dy] = [pointer.x - event.clientX, pointer.y - event.clientY];
    dragged ||= Math.hypot(dx, dy) > DRAG;
    if (!dragged) return;
    const before = spread([...pointers.values(), pointer]);
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
    const [one, other] = [...pointers.values()];
    if (other) zoom(spread([one, other]) / (before || 1), (one.x + other.x) / 2, (one.y + other.y) / 2);
    else move(dx * unit(), dy * unit());
  });
  for (const name of ["pointerup", "pointercancel"]) {
    window.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("click", (event) => dragged && (event.preventDefault(), event.stopPropagation()), true);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls on
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = width() / 10;
    const actions = {
      ArrowLeft: () => move(-step, 0),
      ArrowRight: () => move(step, 0),
      ArrowUp: () => move(0, -step),
      ArrowDown: () => move(0, step),
      "+": () => zoom(1.25),
      "-": () => zoom(0.8),
      0: all,
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  });
}

function boxOf(svg, table) {
  const frame = svg.querySelector(`[data-table="${table}"] .frame`);
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(frame.getAttribute(name)));
  return { x, y, width, height };
}

function draw(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// One line from box to box, without regard to what lies between. `ports` are heights below the upper sides.
function lineBetween(child, parent, ports, { single, nullable } = {}) {
  const loop = child === parent;
  const [start, end] = [child.y + ports.from, parent.y + (loop && ports.from === ports.to ? 12 : ports.to)];
  const right = loop || parent.x >= child.x + child.width;
  const x0 = right ? child.x + child.width : child.x;
  const x1 = loop ? x0 : right ? parent.x : parent.x + parent.width;
  const bend = loop ? x0 + 40 : (x0 + x1) / 2;
  const [foot, bar] = right ? [11, loop ? 8 : -8] : [-11, 8];
  const curve = `M${x0} ${start}C${bend} ${start} ${bend} ${end} ${x1} ${end}`;
  const many = `M${x0} ${start - 5}L${x0 + foot} ${start}L${x0} ${start + 5}`;
  return [
    draw("path", { class: "reach", d: curve }),
    draw("path", { class: "curve", d: curve }),
    draw("path", { class: "end", d: single ? `M${x0 + foot * 0.7} ${start - 5}v10` : many }),
    nullable ? draw("circle", { class: "end", cx: x1 + bar, cy: end, r: 4 })
      : draw("path", { class: "end", d: `M${x1 + bar} ${end - 5}v10` }),
  ];
}

// A line for a key that a person added.
function drawLine(svg, index, child, parent, title) {
  const a = boxOf(svg, child);
  const b = child === parent ? a : boxOf(svg, parent);
  const line = draw("a", { class: "line added", href: `#k${index}`, "data-key": index, "data-sure": "high", tabindex: -1 },
    draw("title", {}), ...lineBetween(a, b, { from: 12, to: child === parent ? 32 : 12 }));
  line.firstChild.textContent = title;
  svg.querySelector(".lines").append(line);
}
