// The review: what is decided, shown and saved. The entries are in the page already; this keeps them and the model one.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const byId = (id) => document.getElementById(id);
const written = read("schema");
const page = read("page");

const model = {
  name: written.name,
  formatVersion: written.format_version,
  tables: page.order.map(([name, columns]) => ({
    ...written.tables[name],
    name,
    primary_key: written.tables[name].primary_key ?? [],
    columns: new Map(columns.map((column) => [column, written.tables[name].columns[column]])),
  })),
  keys: written.foreign_keys,
  rules: written.rules.map((rule, i) => ({ ...rule, parametersText: page.parameters[i] })),
  candidates: written.candidates,
};
const place = new Map(model.tables.map((table, i) => [table.name, i]));
const svg = byId("diagram");
const entries = new Map(); // node -> {kind, item, node, opened}
let unsaved = false;

function enter(node, item) {
  const entry = { kind: node.dataset.kind, item, node, opened: structuredClone(item), edited: false };
  entries.set(node, entry);
  return entry;
}
const lists = { table: model.tables, key: model.keys, rule: model.rules };
for (const node of document.querySelectorAll("#entries .entry")) {
  enter(node, lists[node.dataset.kind][Number(node.dataset.index)]);
}
const entryOf = (item) => [...entries.values()].find((entry) => entry.item === item);
const label = (key) => [`${key.child}.${key.child_columns.join(", ")}`, `${key.parent}.${key.parent_columns.join(", ")}`];
const pairsOf = (key) => key.child_columns.map((column, i) => JSON.stringify([column, key.parent_columns[i]])).sort();
const identity = (key) => JSON.stringify([key.child, key.parent, pairsOf(key)]);

// --- show ----------------------------------------------------------------------------------------------------------

function showEntry(entry) {
  const { node, item, kind } = entry;
  node.dataset.status = item.status;
  node.toggleAttribute("data-edited", entry.edited);
  node.querySelector(".status").textContent = item.status + (entry.edited ? ", edited" : "");
  for (const one of node.querySelectorAll(".decide button")) {
    if (one.dataset.do === "reset") one.disabled = item.status === "locked" || (item.status === "proposed" && !entry.edited);
    else one.setAttribute("aria-pressed", String(item.status === { approve: "approved", reject: "rejected" }[one.dataset.do]));
  }
  if (kind === "table") {
    node.querySelector(".primary-key").textContent = item.primary_key.join(", ") || "none";
    node.querySelector("[data-field=role]").value = item.role;
    const drawn = svg.querySelector(`[data-table="${node.dataset.index}"]`);
    drawn.dataset.status = item.status;
    drawn.dataset.role = item.role;
  }
  if (kind === "key") {
    label(item).forEach((text, i) => (node.querySelectorAll("h3 .label")[i].textContent = text));
    const drawn = svg.querySelector(`[data-key="${node.dataset.index}"]`);
    if (drawn) drawn.dataset.status = item.status;
  }
}

function showCounts() {
  const items = [...entries.values()].map((entry) => entry.item);
  const counts = ["proposed", "approved", "rejected", "locked"].map((status) => [
    items.filter((item) => item.status === status).length, status === "proposed" ? "open" : status]);
  byId("counts").textContent = counts.filter(([n, name]) => n || name === "open").map((pair) => pair.join(" ")).join(" · ")
    + (unsaved ? " · not saved" : "");
  byId("progress").max = items.length || 1;
  byId("progress").value = items.length - counts[0][0];
}

function changed(...touched) {
  unsaved = true;
  touched.forEach(showEntry);
  refresh();
}

// --- filter --------------------------------------------------------------------------------------------------------

function words(entry) {
  const { item, kind } = entry;
  if (kind === "key") return [...label(item), item.why];
  if (kind === "rule") return [item.table, item.kind, ...item.columns, item.why];
  return [item.name, item.why, item.role, ...[...item.columns].flatMap(([name, column]) => [name, column.semantic])];
}

function wanted(entry) {
  const { item, kind } = entry;
  const sure = item.confidence ?? 0;
  const text = byId("words").value.trim().toLowerCase();
  return (!byId("kind").value || byId("kind").value === kind)
    && (!byId("state").value || byId("state").value === item.status)
    && sure >= Number(byId("least").value || 0) && sure <= Number(byId("most").value || 1)
    && (!text || words(entry).join("\n").toLowerCase().includes(text));
}

const bulkEntries = () => [...entries.values()].filter((entry) =>
  !entry.node.hidden && entry.item.status === "proposed"
  && (entry.item.confidence ?? 0) >= Number(byId("bulk-least").value || 0));

// An entry that was just decided stays until the filter itself changes: a page that jumps under the hand is no help.
function refresh(refilter = false) {
  if (refilter) for (const entry of entries.values()) entry.node.hidden = !wanted(entry);
  const visible = [...entries.keys()].filter((node) => !node.hidden).length;
  for (const group of document.querySelectorAll(".group")) {
    const nodes = [...group.querySelectorAll(".entry")];
    group.hidden = nodes.every((node) => node.hidden);
    const loose = group.querySelector(":scope > .alternatives");
    if (loose) loose.hidden = nodes[0].hidden;
  }
  byId("shown").textContent = `${visible} of ${entries.size} shown`;
  byId("bulk").textContent = `Approve all shown (${bulkEntries().length})`;
  byId("bulk").disabled = !bulkEntries().length;
  showCounts();
}

// --- decide and edit -----------------------------------------------------------------------------------------------

function decide(entry, status) {
  if (entry.item.status === "locked") return;
  entry.item.status = status;
  changed(entry);
}

function reset(entry) {
  const { item, node, kind } = entry;
  if (item.status === "locked") return;
  if (item.added) return removeKey(entry);
  Object.assign(item, structuredClone(entry.opened), { status: "proposed" });
  entry.edited = false;
  if (kind === "table") {
    const meanings = [...item.columns.values()].map((column) => column.semantic);
    for (const select of node.querySelectorAll("[data-field=semantic]")) {
      fill(select, [meanings[select.dataset.column]], meanings[select.dataset.column]);
      delete select.dataset.full;
    }
  }
  closeForm(node);
  changed(entry);
}

function closeForm(node) {
  const edit = node.querySelector(":scope > .edit");
  if (!edit) return;
  edit.open = false;
  edit.querySelector(".form")?.remove();
}

function setTable(entry, values) {
  Object.assign(entry.item, values);
  entry.edited = true;
  changed(entry);
}

// Adds a key; what it replaces is rejected, so that a later discovery does not propose it again.
function addKey(key, replaced, candidate) {
  const same = model.keys.find((other) => !other.removed && identity(other) === identity(key));
  if (same) {
    goTo(entryOf(same).node);
    return "This foreign key is there already: decide it in its own entry.";
  }
  const index = model.keys.length;
  const item = { status: "approved", confidence: 1, evidence: {}, why: "Added in the review.", ...structuredClone(key),
    added: true };
  item.status = "approved";
  model.keys.push(item);
  const node = byId("key-template").content.firstElementChild.cloneNode(true);
  node.id = `k${index}`;
  node.dataset.index = index;
  node.querySelector(".why").textContent = item.why;
  const sure = node.querySelector(".sure");
  sure.textContent = item.confidence.toFixed(2);
  sure.style.setProperty("--sure", `${item.confidence * 100}%`);
  if (replaced) replaced.node.after(node);
  else document.querySelector(`.group[data-table="${place.get(item.child)}"] .keys`).append(node);
  const entry = enter(node, item);
  entry.replaced = replaced;
  entry.candidate = candidate;
  if (candidate) useCandidate(candidate, true);
  drawLine(svg, index, place.get(item.child), place.get(item.parent), label(item).join(" → "));
  if (replaced) {
    closeForm(replaced.node);
    replaced.item.status = "rejected";
    changed(entry, replaced);
  } else changed(entry);
  goTo(node);
}

function useCandidate(candidate, used) {
  candidate.used = used;
  const place = model.candidates.indexOf(candidate);
  for (const node of document.querySelectorAll(`[data-candidate="${place}"]`)) node.hidden = used;
}

function removeKey(entry) {
  entry.item.removed = true;
  entries.delete(entry.node);
  entry.node.remove();
  svg.querySelector(`[data-key="${entry.node.dataset.index}"]`)?.remove();
  if (entry.candidate) useCandidate(entry.candidate, false);
  if (entry.replaced) {
    reset(entry.replaced);
    goTo(entry.replaced.node);
  } else changed();
}

function openForm(details, entry) {
  if (details.querySelector(".form")) return;
  if (entry.kind === "table") {
    const { item } = entry;
    details.append(primaryKeyForm(item.columns, item.primary_key, (primary_key) => setTable(entry, { primary_key })));
    return;
  }
  details.append(foreignKeyForm(model, { ...entry.item, fixed: true }, (key) => {
    if (identity(key) === identity(entry.item)) return "Nothing was changed.";
    if (entry.item.added) { // a correction of one's own entry leaves nothing behind
      const [replaced] = [entry.replaced];
      entry.replaced = undefined;
      const fault = addKey({ ...key, why: entry.item.why }, undefined);
      if (fault) return (entry.replaced = replaced, fault);
      const latest = entryOf(model.keys.at(-1));
      latest.replaced = replaced;
      entry.node.after(latest.node);
      removeKey(entry);
      return goTo(latest.node);
    }
    return addKey({ ...key, why: `Put by a reviewer in place of ${label(entry.item).join(" → ")}.` }, entry);
  }));
}

// --- move about ----------------------------------------------------------------------------------------------------

function goTo(node) {
  if (node.hidden || node.closest(".group")?.hidden) {
    node.hidden = false;
    refresh();
  }
  node.scrollIntoView({ block: "start" });
  node.focus({ preventScroll: true });
}

function step(by) {
  const nodes = [...entries.keys()].filter((node) => !node.hidden && node.isConnected)
    .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  const now = nodes.indexOf(document.activeElement.closest(".entry"));
  const next = nodes[now < 0 ? 0 : Math.min(Math.max(now + by, 0), nodes.length - 1)];
  if (next) goTo(next);
}

function act(name, entry, node) {
  const candidate = model.candidates[node?.closest("[data-candidate]")?.dataset.candidate];
  if (name === "approve" || name === "reject") decide(entry, name === "approve" ? "approved" : "rejected");
  else if (name === "reset") reset(entry);
  else if (name === "use-key") setTable(entry, { primary_key: [...entry.item.alternate_keys[node.dataset.key]] });
  else if (name === "use") addKey(candidate, entry?.kind === "key" ? entry : undefined, candidate);
}

// --- events --------------------------------------------------------------------------------------------------------

byId("entries").addEventListener("click", (event) => {
  const node = event.target.closest("[data-do]");
  if (node) act(node.dataset.do, entries.get(node.closest(".entry")), node);
});
byId("entries").addEventListener("change", (event) => {
  const { field, column } = event.target.dataset;
  const entry = entries.get(event.target.closest(".entry"));
  if (field === "role") setTable(entry, { role: event.target.value });
  if (field === "semantic") {
    [...entry.item.columns.values()][column].semantic = event.target.value;
    setTable(entry, {});
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
  if (event.target.matches?.(".edit") && event.target.open) openForm(event.target, entries.get(event.target.closest(".entry")));
}, true);
byId("add").addEventListener("toggle", () => {
  if (!byId("add").open || byId("add").querySelector(".form") || !model.tables.length) return;
  const { name } = model.tables[0];
  byId("add").append(foreignKeyForm(model, { child: name, parent: name }, (key) => addKey(key)));
});
byId("filter").addEventListener("input", (event) => refresh(!event.target.closest(".bulk")));
byId("filter").addEventListener("submit", (event) => event.preventDefault());
byId("bulk").addEventListener("click", () => {
  const found = bulkEntries();
  for (const entry of found) entry.item.status = "approved";
  changed(...found);
});
svg.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  goTo(byId(link.getAttribute("href").slice(1)));
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const entry = entries.get(event.target.closest(".entry"));
  const actions = { j: () => step(1), k: () => step(-1), "/": () => byId("words").focus() };
  if (entry) Object.assign(actions, { a: () => act("approve", entry), r: () => act("reject", entry), u: () => act("reset", entry) });
  if (!(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
});
byId("save").addEventListener("click", () => {
  const blob = new Blob([yamlSchema(model, page.header)], { type: "application/yaml" });
  const link = make("a", { href: URL.createObjectURL(blob), download: "schema.yaml" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  unsaved = false;
  showCounts();
});
byId("show").addEventListener("click", () => {
  const area = byId("text");
  area.hidden = !area.hidden;
  byId("show").textContent = area.hidden ? "Show as text" : "Hide the text";
  if (area.hidden) return;
  area.value = yamlSchema(model, page.header);
  area.select();
});
window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.columns, #map")) details.open = true;
});

const diagram = openDiagram(svg, byId("canvas"));
byId("zoom-in").onclick = () => diagram.zoom(1.25);
byId("zoom-out").onclick = () => diagram.zoom(0.8);
byId("zoom-all").onclick = diagram.all;
for (const entry of entries.values()) showEntry(entry);
refresh(true);
