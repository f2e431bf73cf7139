// The page as a person meets it: the diagram, buttons, keys, and what an earlier visit left.

const lists = { table: model.tables, key: model.keys, rule: model.rules };
for (const node of document.querySelectorAll("#entries .entry")) {
  enter(node, lists[node.dataset.kind][Number(node.dataset.index)]);
}
const diagram = openDiagram(svg, byId("canvas"));

// --- the diagram ---------------------------------------------------------------------------------------------------

const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function focusOn(table) {
  const name = model.tables[table].name;
  const part = drawFocus(svg, model, table);
  diagram.frame(part);
  byId("focus").value = String(table);
  byId("focused").hidden = false;
  byId("focused").firstChild.textContent = `${name}: ${counted(part.parents, "parent", "parents")}, ${counted(part.children, "child", "children")}`;
}

function showWhole() {
  clearFocus(svg);
  light(svg);
  byId("focus").value = "";
  byId("focused").hidden = true;
  diagram.frame(whole);
}
const whole = { x: 0, y: 0, width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };

function fillWindow(full = !byId("map").classList.contains("full")) {
  byId("map").classList.toggle("full", full);
  byId("fill").setAttribute("aria-pressed", String(full));
  byId("fill").textContent = full ? "Back to the page" : "Fill the window";
  diagram.all();
}

function showInDiagram(entry) {
  byId("map").open = true;
  focusOn(place.get(entry.item.child ?? entry.item.table ?? entry.item.name));
  byId("map").scrollIntoView({ block: "start" });
  const mark = entry.kind === "key" ? svg.querySelector(`[data-near="${entry.index}"]`) : undefined;
  light(svg, mark);
  byId("canvas").focus({ preventScroll: true });
}

// --- deeds by name -------------------------------------------------------------------------------------------------

function act(name, entry, node) {
  const candidate = model.candidates[node?.closest("[data-candidate]")?.dataset.candidate];
  if (name === "approve" || name === "reject") deed(() => decide(entry, name === "approve" ? "approved" : "rejected"));
  else if (name === "reset") deed(() => reset(entry));
  else if (name === "use-key") deed(() => setTable(entry, { primary_key: [...entry.item.alternate_keys[node.dataset.key]] }));
  else if (name === "use") added(() => addKey(candidate, entry?.kind === "key" ? entry : undefined, candidate));
  else if (name === "map") showInDiagram(entry);
  else if (name === "note") openNote(entry);
  else if (name === "approve-group") {
    const group = node.closest(".group");
    deed(() => [...entries.values()].filter((one) => group.contains(one.node) && isOpen(one)).forEach((one) => decide(one, "approved")));
  }
}

function settleAll(found, status) {
  deed(() => found.forEach((entry) => decide(entry, status)));
  refresh(Boolean(byId("state").value));
  tell(`${found.length} ${status}.`, button("Undo", undo));
}

function save() {
  const blob = new Blob([yamlSchema(model, page)], { type: "application/yaml" });
  const link = make("a", { href: URL.createObjectURL(blob), download: "schema.yaml" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  view.unsaved = false;
  showCounts();
  const open = [...entries.values()].filter(isOpen).length;
  tell("Saved. Put the file in place of schema.yaml in the run's folder, "
    + (open ? `then go on: ${open} entries are still open.` : "then go on with synthspark run."));
}

// --- events --------------------------------------------------------------------------------------------------------

const entryAt = (node) => entries.get(node.closest?.(".entry"));
byId("entries").addEventListener("click", (event) => {
  const node = event.target.closest("[data-do]");
  if (node) act(node.dataset.do, entryAt(node), node);
});
byId("questions")?.addEventListener("click", (event) => {
  const node = event.target.closest("[data-do=answer]");
  if (!node) return;
  const question = model.questions[node.closest(".question").dataset.question];
  deed(() => answer(question, Number(node.dataset.reading)));
});
byId("entries").addEventListener("change", (event) => {
  const { field, column } = event.target.dataset;
  const entry = entryAt(event.target);
  if (field === "role") deed(() => setTable(entry, { role: event.target.value }));
  if (field === "semantic") {
    deed(() => {
      [...entry.item.columns.values()][column].semantic = event.target.value;
      setTable(entry, {});
    });
  }
});
// All the choices in every list of a wide database would be most of the page: they come when a list is reached.
byId("entries").addEventListener("focusin", (event) => {
  const select = event.target;
  if (select.dataset?.field !== "semantic" || select.dataset.full) return;
  const chosen = select.value;
  const group = (name, names) => make("optgroup", { label: name }, ...choice("", names, chosen).children);
  select.replaceChildren(group("meaning", page.other), group("personal: never copied", page.personal));
  select.value = chosen;
  select.dataset.full = "yes";
});
byId("entries").addEventListener("toggle", (event) => {
  if (event.target.matches?.(".edit") && event.target.open) openForm(event.target, entryAt(event.target));
}, true);
byId("add").addEventListener("toggle", () => {
  if (!byId("add").open || byId("add").querySelector(".form") || !model.tables.length) return;
  const { name } = model.tables[0];
  byId("add").append(foreignKeyForm(model, { child: name, parent: name }, (key) => added(() => addKey(key))));
});
byId("filter").addEventListener("input", (event) => refresh(!event.target.closest(".bulk")));
byId("filter").addEventListener("submit", (event) => event.preventDefault());
byId("order").addEventListener("change", () => (arrange(), refresh(true)));
byId("bulk").addEventListener("click", () => settleAll(bulkEntries(), "approved"));
byId("bulk-reject").addEventListener("click", () => settleAll(shownOpen(), "rejected"));
byId("kinds").append(...KINDS.map(([value, text]) =>
  make("button", { type: "button", value, onclick: () => ((view.kind = value), refresh(true)) }, text, make("small"))));
byId("undo").onclick = undo;
byId("next").onclick = nextOpen;
byId("save").onclick = save;
byId("show").onclick = () => {
  const area = byId("text");
  area.hidden = !area.hidden;
  byId("show").textContent = area.hidden ? "Show as text" : "Hide the text";
  if (area.hidden) return;
  area.value = yamlSchema(model, page);
  area.scrollIntoView({ block: "center" });
  area.select();
};
svg.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  if (link.dataset.table !== undefined) return focusOn(Number(link.dataset.table));
  fillWindow(false);
  goTo(byId(link.getAttribute("href").slice(1)));
});
for (const [name, off] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
  svg.addEventListener(name, (event) => light(svg, event.target.closest("a") ?? undefined));
  svg.addEventListener(off, () => light(svg));
}
model.tables.map((table, i) => [table.name, i]).sort(([a], [b]) => a.localeCompare(b))
  .forEach(([name, i]) => byId("focus").append(make("option", { value: i, textContent: name })));
byId("focus").onchange = (event) => (event.target.value === "" ? showWhole() : focusOn(Number(event.target.value)));
byId("to-entry").onclick = () => {
  const index = Number(byId("focus").value);
  fillWindow(false);
  goTo([...entries.values()].find((entry) => entry.kind === "table" && entry.index === index).node);
};
byId("zoom-in").onclick = () => diagram.zoom(1.25);
byId("zoom-out").onclick = () => diagram.zoom(0.8);
byId("zoom-all").onclick = showWhole;
byId("fill").onclick = () => fillWindow();

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") return event.preventDefault(), save();
  if (event.key === "Escape" && byId("map").classList.contains("full")) return fillWindow(false);
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea")) return;
  const entry = entryAt(event.target);
  const toggle = (selector) => {
    const details = entry.node.querySelector(`:scope > ${selector}`);
    if (details) details.open = !details.open;
  };
  const onward = (name) => (act(name, entry), step(1));
  const actions = { j: () => step(1), k: () => step(-1), n: nextOpen, z: undo, "/": () => byId("words").focus() };
  if (entry) {
    Object.assign(actions, {
      a: () => onward("approve"), r: () => onward("reject"), u: () => act("reset", entry), d: () => act("map", entry),
      c: () => act("note", entry), e: () => toggle(".edit"), o: () => toggle(entry.kind === "table" ? ".columns" : ".compare"),
    });
  }
  if (!(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
});
window.addEventListener("beforeunload", (event) => view.unsaved && event.preventDefault());
window.addEventListener("beforeprint", () => {
  showWhole();
  for (const details of document.querySelectorAll("details.columns, #map")) details.open = true;
});

// --- start ---------------------------------------------------------------------------------------------------------

const earlier = kept();
if (earlier && earlier !== state()) {
  restore(earlier);
  view.unsaved = true;
  const count = Object.keys(JSON.parse(earlier).changes).length + JSON.parse(earlier).added.length;
  tell(`${count} changes of an earlier visit were kept in this browser.`, button("Discard them", () => {
    steps.push(state());
    restore(JSON.stringify({ changes: {}, added: [], notes: [] }));
    forget();
    view.unsaved = false;
    arrange();
    showAll();
    tell("Discarded.", button("Undo", undo));
  }));
}
if ([...entries.values()].some(isOpen)) byId("state").value = "proposed";
arrange();
showAll();
refresh(true);
const [target] = [location.hash && byId(location.hash.slice(1))];
if (target && entries.has(target)) goTo(target);
