// The review as data: what discovery proposed, what a person changed, and every step back.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const byId = (id) => document.getElementById(id);
const written = read("schema");
const page = read("page");
const placeId = (...place) => JSON.stringify(place);

const model = {
  written,
  tables: page.order.map(([name, columns]) => ({
    ...written.tables[name],
    name,
    primary_key: written.tables[name].primary_key ?? [],
    columns: new Map(columns.map((column) => [column, written.tables[name].columns[column]])),
  })),
  keys: written.foreign_keys,
  rules: written.rules.map((rule, i) => ({ ...rule, parametersText: page.parameters[i] })),
  questions: written.questions ?? [],
  candidates: written.candidates,
  before: new Map(page.before.map(([place, lines]) => [placeId(...place), lines])),
  beside: new Map(page.beside.map(([place, line]) => [placeId(...place), line])),
};
const opened = { keys: model.keys.length, notes: new Map(model.before) };
const place = new Map(model.tables.map((table, i) => [table.name, i]));
const entries = new Map(); // node -> {kind, item, node, opened, edited, index}

const label = (key) => [`${key.child}.${key.child_columns.join(", ")}`, `${key.parent}.${key.parent_columns.join(", ")}`];
const fullLabel = (key) => label(key).join(" -> ");
const pairsOf = (key) => key.child_columns.map((column, i) => JSON.stringify([column, key.parent_columns[i]])).sort();
const identity = (key) => JSON.stringify([key.child, key.parent, pairsOf(key)]);
const sameColumns = (a, b) => a.length === b.length && a.every((column) => b.includes(column));
const entryOf = (item) => [...entries.values()].find((entry) => entry.item === item);
const inForce = (item) => item.status === "approved" || item.status === "locked";
const leftOut = (table) => table.status === "rejected" || (table.role === "skip" && inForce(table));

function enter(node, item) {
  const entry = { kind: node.dataset.kind, index: Number(node.dataset.index), item, node, opened: structuredClone(item), edited: false };
  entries.set(node, entry);
  return entry;
}

// Where an entry stands in schema.yaml: its comments are kept under this name.
function placeOf({ kind, item }) {
  if (kind === "table") return ["tables", item.name];
  if (kind === "key") return ["foreign_keys", [item.child, item.child_columns.join(","), item.parent, item.parent_columns.join(",")].join("|")];
  return ["rules", [item.kind, item.table, item.columns.join(",")].join("|")];
}

// An entry that touches a table left out needs no decision.
function withoutEffect({ kind, item }) {
  const names = kind === "key" ? [item.child, item.parent]
    : kind === "rule" ? [item.table, item.parameters?.parent, item.parameters?.child] : [];
  return names.some((name) => place.has(name) && leftOut(model.tables[place.get(name)]));
}
const isOpen = (entry) => entry.item.status === "proposed" && !withoutEffect(entry);

function keyOfLabel(text) {
  return model.keys.find((key) => !key.removed && fullLabel(key) === text);
}

// --- state: what differs from the page as it was made ---------------------------------------------------------------

const meanings = (table) => [...table.columns.values()].map((column) => column.semantic);

function changeOf(entry) {
  const { item, kind, opened: before } = entry;
  const now = { status: item.status, edited: entry.edited };
  if (kind === "table") Object.assign(now, { role: item.role, primary_key: item.primary_key, meanings: meanings(item) });
  const then = { status: before.status, edited: false };
  if (kind === "key") [now.compare, then.compare] = [item.compare ?? [], before.compare ?? []];
  if (kind === "table") Object.assign(then, { role: before.role, primary_key: before.primary_key, meanings: meanings(before) });
  return JSON.stringify(now) === JSON.stringify(then) ? undefined : now;
}

function state() {
  const all = [...entries.values()];
  const added = model.keys.filter((key) => key.added && !key.removed).map((key) => {
    const entry = entryOf(key);
    const { removed, added: _, ...item } = key;
    return { item, replaced: entry.replaced?.node.id, candidate: model.candidates.indexOf(entry.candidate) };
  });
  const notes = [...model.before].filter(([name, lines]) => lines.join("\n") !== (opened.notes.get(name) ?? []).join("\n"));
  return JSON.stringify({
    changes: Object.fromEntries(all.filter((entry) => !entry.item.added && changeOf(entry)).map((entry) => [entry.node.id, changeOf(entry)])),
    added,
    notes,
  });
}

// --- kept in this browser, where it lets a local file keep anything -------------------------------------------------

const KEPT = `synthspark review ${page.name}`;
function keep(text) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ version: page.version, state: text }));
  } catch { /* refused or full: then it is not kept */ }
}
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    return found?.version === page.version ? found.state : undefined;
  } catch {
    return undefined;
  }
}
function forget() {
  try {
    localStorage.removeItem(KEPT);
  } catch { /* nothing was kept */ }
}
