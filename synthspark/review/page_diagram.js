// The diagram: moved and zoomed by its viewBox, boxes and lines coloured as decisions fall, added keys drawn in.

const SVG = "http://www.w3.org/2000/svg";
const LEAST_SCALE = 0.45; // pixels a unit: smaller than this nothing can be read on a phone
const DRAG = 4; // pixels: less is a click

function openDiagram(svg, canvas) {
  const whole = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let view = { ...whole };

  const show = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  const unit = () => Math.max(view.width / (svg.clientWidth || 1), view.height / (svg.clientHeight || 1));
  const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());

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

  function all() {
    view = { ...whole };
    show();
  }

  function open() {
    all();
    const scale = 1 / unit();
    if (scale >= LEAST_SCALE) return;
    view = { x: 0, y: 0, width: svg.clientWidth / LEAST_SCALE, height: svg.clientHeight / LEAST_SCALE };
    show();
  }

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
    const step = view.width / 10;
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
  open();
  window.addEventListener("beforeprint", all);
  return { zoom, all };
}

function boxOf(svg, table) {
  const frame = svg.querySelector(`[data-table="${table}"] .frame`);
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(frame.getAttribute(name)));
  return { x, y, width, height };
}

// A line for a key that a person added: from box to box without regard to what lies between.
function drawLine(svg, index, child, parent, label) {
  const [a, b] = [boxOf(svg, child), boxOf(svg, parent)];
  const [start, end] = [a.y + 12, b.y + 12 + (child === parent ? 20 : 0)];
  const right = b.x >= a.x + a.width || child === parent;
  const x0 = right ? a.x + a.width : a.x;
  const x1 = child === parent ? x0 : right ? b.x : b.x + b.width;
  const bend = child === parent ? x0 + 40 : (x0 + x1) / 2;
  const foot = right ? 11 : -11;
  const make = (name, attributes) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const curve = `M${x0} ${start}C${bend} ${start} ${bend} ${end} ${x1} ${end}`;
  const line = make("a", { class: "line added", href: `#k${index}`, "data-key": index, tabindex: -1 });
  line.append(
    make("title", {}),
    make("path", { class: "reach", d: curve }),
    make("path", { class: "curve", d: curve }),
    make("path", { class: "end", d: `M${x0} ${start - 5}L${x0 + foot} ${start}L${x0} ${start + 5}` }),
  );
  line.firstChild.textContent = label;
  svg.querySelector(".lines").append(line);
}
