// The list of entries: how each is shown, which are shown, and in which order.

const KINDS = [["", "All"], ["table", "Tables"], ["key", "Foreign keys"], ["rule", "Rules"]];
const view = { kind: "", unsaved: false };
const svg = byId("diagram");

// Of a wide database only what changed is written anew.
function showEntry(entry) {
  const { node, item, kind } = entry;
  const idle = withoutEffect(entry);
  const now = JSON.stringify([changeOf(entry) ?? "", idle, noteOf(entry)]);
  if (entry.shown === now) return;
  entry.shown = now;
  const out = kind === "table" && leftOut(item);
  node.dataset.status = item.status;
  node.toggleAttribute("data-edited", entry.edited);
  node.toggleAttribute("data-idle", idle);
  node.querySelector(".status").textContent = item.status + (entry.edited ? ", edited" : "") + (out ? ": left out" : "")
    + (idle ? "; without effect, for a table of it is left out" : "");
  for (const one of node.querySelectorAll(".decide button")) {
    if (one.dataset.do === "reset") one.disabled = item.status === "locked" || (item.status === "proposed" && !entry.edited);
    else one.setAttribute("aria-pressed", String(item.status === { approve: "approved", reject: "rejected" }[one.dataset.do]));
  }
  node.querySelector(".note").textContent = noteOf(entry);
  if (kind === "table") showTable(entry, out);
  if (kind === "key") showKey(entry);
}

function showTable({ node, item }, out) {
  node.querySelector(".primary-key").textContent = item.primary_key.join(", ") || "none";
  node.querySelector("[data-field=role]").value = item.role;
  meanings(item).forEach((meaning, i) => {
    const select = node.querySelector(`[data-field=semantic][data-column="${i}"]`);
    if (select.value === meaning) return;
    fill(select, [meaning], meaning);
    delete select.dataset.full;
  });
  const personal = [...item.columns].filter(([, column]) => page.personal.includes(column.semantic)).map(([name]) => name);
  node.querySelector(".personal").textContent = personal.length ? `, personal: ${personal.join(", ")}` : "";
  const drawn = svg.querySelector(`.box[data-table="${node.dataset.index}"]`);
  drawn.dataset.status = item.status;
  drawn.dataset.role = out ? "skip" : item.role;
}

function showKey({ node, item }) {
  label(item).forEach((text, i) => (node.querySelectorAll("h3 .label")[i].textContent = text));
  const compared = (item.compare ?? []).some((how) => how !== "exact") ? item.compare.join(", ") : "";
  node.querySelector(".compared").textContent = compared ? `compared as ${compared}` : "";
  for (const drawn of svg.querySelectorAll(`[data-key="${node.dataset.index}"], [data-near="${node.dataset.index}"]`)) {
    drawn.dataset.status = item.status;
  }
}

function noteOf(entry) {
  const name = placeId(...placeOf(entry));
  const beside = model.beside.get(name);
  return [...(model.before.get(name) ?? []), ...(beside ? [beside] : [])].join("\n");
}

function showCounts() {
  const all = [...entries.values()];
  const open = all.filter(isOpen).length;
  const decided = all.length - open;
  byId("counts").textContent = `${decided} of ${all.length} decided` + (open ? ` · ${open} open` : " · nothing is open")
    + (view.unsaved ? " · not saved" : "");
  byId("progress").max = all.length || 1;
  byId("progress").value = decided;
  for (const chip of byId("kinds").children) {
    const left = all.filter((entry) => isOpen(entry) && (!chip.value || entry.kind === chip.value)).length;
    chip.setAttribute("aria-pressed", String(view.kind === chip.value));
    chip.lastChild.textContent = ` ${left}`;
  }
}

// --- filter and order ----------------------------------------------------------------------------------------------

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
  const state = byId("state").value;
  return (!view.kind || view.kind === kind)
    && (!state || (state === "proposed" ? isOpen(entry) : state === item.status))
    && sure >= Number(byId("least").value || 0) && sure <= Number(byId("most").value || 1)
    && (!text || words(entry).join("\n").toLowerCase().includes(text));
}

const shownOpen = () => [...entries.values()].filter((entry) => !entry.node.hidden && isOpen(entry));
const bulkEntries = () => shownOpen().filter((entry) => (entry.item.confidence ?? 0) >= Number(byId("bulk-least").value || 0));

// An entry that was just decided stays until the filter itself changes: a page that jumps under the hand is no help.
function refresh(refilter = false) {
  if (refilter) for (const entry of entries.values()) entry.node.hidden = !wanted(entry);
  const visible = [...entries.keys()].filter((node) => !node.hidden).length;
  const flat = byId("order").value === "sure";
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = flat;
    if (flat) continue;
    const nodes = [...group.querySelectorAll(".entry")];
    const table = entries.get(byId(`t${group.dataset.table}`));
    const loose = group.querySelector(":scope > .alternatives");
    group.hidden = nodes.every((node) => node.hidden);
    if (loose) loose.hidden = table.node.hidden;
    group.querySelector(".all").hidden = nodes.filter((node) => isOpen(entries.get(node))).length < 2;
  }
  byId("shown").textContent = `${visible} of ${entries.size} shown`;
  byId("nothing").hidden = visible > 0 || !entries.size;
  const [bulk, open] = [bulkEntries().length, shownOpen().length];
  byId("bulk").textContent = `Approve all shown (${bulk})`;
  byId("bulk").disabled = !bulk;
  byId("bulk-reject").textContent = `Reject all shown (${open})`;
  byId("bulk-reject").disabled = !open;
  byId("bulk-reject").hidden = !["key", "rule"].includes(view.kind); // tables are left out one by one
  showCounts();
}

// Least sure first puts all entries into one list; table by table, each goes back to its table.
function arrange() {
  const all = [...entries.values()];
  const rank = { table: 1, key: 0, rule: 2 };
  if (byId("order").value === "sure") {
    all.sort((a, b) => (a.item.confidence ?? 0) - (b.item.confidence ?? 0) || rank[a.kind] - rank[b.kind] || a.index - b.index);
    byId("flat").append(...all.map((entry) => entry.node));
  } else {
    for (const entry of all) homeOf(entry).append(entry.node);
  }
}

function homeOf({ kind, item }) {
  const group = document.querySelector(`.group[data-table="${place.get(item.child ?? item.table ?? item.name)}"]`);
  return group.querySelector({ table: ".own", key: ".keys", rule: ".rules" }[kind]);
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

function inOrder(test = () => true) {
  return [...document.querySelectorAll("#entries .entry:not([hidden])")].filter((node) => test(entries.get(node)));
}

function step(by, test) {
  const nodes = inOrder(test);
  const here = document.activeElement.closest?.(".entry");
  const after = nodes.findIndex((node) => here && here.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING);
  const before = nodes.findLastIndex((node) => here && here.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING);
  const next = here ? nodes[by > 0 ? after : before] : nodes[0];
  if (next) goTo(next);
  return Boolean(next);
}

function nextOpen() {
  if (step(1, isOpen)) return;
  const [first] = inOrder(isOpen);
  if (first) return goTo(first);
  tell([...entries.values()].some(isOpen) ? "What is shown is decided; other entries are open: widen the filter." : "Everything is decided: save schema.yaml.");
}

function tell(text, ...actions) {
  const close = make("button", { type: "button", textContent: "×", ariaLabel: "Close", onclick: () => tell("") });
  byId("told").replaceChildren(text, ...[...actions, close].flatMap((action) => [" ", action]));
  byId("told").hidden = !text;
}
