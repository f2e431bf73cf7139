// What a person does: decide, edit, add, answer, undo, save. Each deed is one step back.

const steps = []; // states before each deed

function deed(action) {
  const before = state();
  const result = action();
  const after = state();
  if (after !== before) {
    tell("");
    steps.push(before);
    view.unsaved = true;
    keep(after);
  }
  showAll();
  return result;
}

function showAll() {
  for (const entry of entries.values()) showEntry(entry);
  showQuestions();
  byId("undo").disabled = !steps.length;
  refresh();
}

function restore(text) {
  const { changes, added, notes } = JSON.parse(text);
  for (const entry of [...entries.values()]) {
    if (entry.item.added) removeKey(entry);
    else Object.assign(entry.item, structuredClone(entry.opened), settled(entry, changes[entry.node.id]));
  }
  model.keys.length = opened.keys;
  for (const candidate of model.candidates) useCandidate(candidate, false);
  for (const { item, replaced, candidate } of added) addKey(item, entries.get(byId(replaced)), model.candidates[candidate]);
  model.before = new Map([...opened.notes, ...notes]);
}

function settled(entry, change) {
  entry.edited = change?.edited ?? false;
  if (!change) return {};
  const { status, role, primary_key } = change;
  if (entry.kind !== "table") return entry.kind === "key" ? { status, compare: change.compare } : { status };
  const columns = new Map([...entry.opened.columns].map(([name, column], i) => [name, { ...column, semantic: change.meanings[i] }]));
  return { status, role, primary_key: [...primary_key], columns };
}

function undo() {
  if (!steps.length) return;
  const here = document.activeElement.closest?.(".entry")?.id;
  restore(steps.pop());
  keep(state());
  view.unsaved = true;
  arrange();
  showAll();
  tell("The last step was undone.");
  if (here && byId(here)) goTo(byId(here));
}

// --- decide and edit -----------------------------------------------------------------------------------------------

function decide(entry, status) {
  if (entry.item.status !== "locked") entry.item.status = status;
}

function reset(entry) {
  if (entry.item.status === "locked") return;
  if (entry.item.added) {
    removeKey(entry);
    if (entry.replaced) reset(entry.replaced);
    return;
  }
  Object.assign(entry.item, structuredClone(entry.opened), { status: "proposed" });
  entry.edited = false;
  closeForm(entry.node);
}

function closeForm(node) {
  const edit = node.querySelector(":scope > .edit");
  if (!edit) return;
  edit.open = false;
  edit.querySelector(".form")?.remove();
}

// What a person corrects is decided by that.
function setTable(entry, values) {
  Object.assign(entry.item, values, { status: "approved" });
  entry.edited = true;
}

// Adds a key; what it replaces is rejected, so that a later discovery does not propose it again.
function addKey(key, replaced, candidate) {
  const same = model.keys.find((other) => !other.removed && identity(other) === identity(key));
  if (same) {
    goTo(entryOf(same).node);
    return "This foreign key is there already: decide it in its own entry.";
  }
  const { child, child_columns, parent, parent_columns, compare } = key;
  const item = structuredClone({
    child, child_columns, parent, parent_columns, ...(compare?.some((how) => how !== "exact") ? { compare } : {}),
    status: key.added === undefined ? "approved" : key.status, confidence: key.confidence ?? 1, evidence: key.evidence ?? {},
    why: key.why || "Added in the review.", added: true,
  });
  const index = model.keys.push(item) - 1;
  const node = byId("key-template").content.firstElementChild.cloneNode(true);
  node.id = `k${index}`;
  node.dataset.index = index;
  node.querySelector(".why").textContent = item.why;
  const sure = node.querySelector(".sure");
  sure.textContent = (item.confidence ?? 0).toFixed(2);
  sure.style.setProperty("--sure", `${item.confidence * 100}%`);
  const entry = enter(node, item);
  Object.assign(entry, { replaced, candidate });
  if (replaced) replaced.node.after(node);
  else if (byId("order").value === "sure") byId("flat").prepend(node);
  else homeOf(entry).append(node);
  if (candidate) useCandidate(candidate, true);
  drawLine(svg, index, place.get(item.child), place.get(item.parent), fullLabel(item));
  if (replaced) {
    closeForm(replaced.node);
    if (replaced.item.status !== "locked") replaced.item.status = "rejected";
  }
}

function useCandidate(candidate, used) {
  candidate.used = used;
  for (const node of document.querySelectorAll(`[data-candidate="${model.candidates.indexOf(candidate)}"]`)) node.hidden = used;
}

function removeKey(entry) {
  entry.item.removed = true;
  entries.delete(entry.node);
  entry.node.remove();
  svg.querySelector(`.lines [data-key="${entry.node.dataset.index}"]`)?.remove();
  if (entry.candidate) useCandidate(entry.candidate, false);
}

function changeKey(entry, key) {
  if (identity(key) === identity(entry.item)) {
    if (JSON.stringify(key.compare) === JSON.stringify(entry.item.compare ?? [])) return "Nothing was changed.";
    entry.edited = !entry.item.added;
    return void deed(() => Object.assign(entry.item, { compare: key.compare, status: "approved" }));
  }
  if (!entry.item.added) return added(() => addKey({ ...key, why: `Put by a reviewer in place of ${fullLabel(entry.item)}.` }, entry));
  return added(() => { // a correction of one's own entry leaves nothing behind
    removeKey(entry);
    return addKey({ ...key, why: entry.item.why }, entry.replaced, entry.candidate);
  });
}

// Adds in one step and goes there; what is wrong is returned to the form.
function added(action) {
  const before = model.keys.length;
  const fault = deed(action);
  if (!fault && model.keys.length > before) goTo(entryOf(model.keys.at(-1)).node);
  return fault;
}

function openForm(details, entry) {
  if (details.querySelector(".form")) return;
  if (entry.kind === "table") {
    const { item } = entry;
    details.append(primaryKeyForm(item.columns, item.primary_key, (primary_key) => deed(() => setTable(entry, { primary_key }))));
  } else {
    details.append(foreignKeyForm(model, { ...entry.item, fixed: true }, (key) => changeKey(entry, key)));
    entry.node.querySelector(":scope > .alternatives")?.setAttribute("open", ""); // what it is most likely changed to
  }
  details.querySelector("select")?.focus();
}

function openNote(entry) {
  if (entry.node.querySelector(".more textarea")) return;
  const name = placeId(...placeOf(entry));
  const area = make("textarea", { value: (model.before.get(name) ?? []).join("\n"), rows: 2, ariaLabel: "Comment", placeholder: "A comment, kept in schema.yaml" });
  const close = () => {
    const lines = area.value.split("\n").map((line) => line.trimEnd());
    area.remove();
    if (lines.join("\n") !== (model.before.get(name) ?? []).join("\n")) deed(() => model.before.set(name, lines.join("") ? lines : []));
  };
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => event.key === "Escape" && (area.blur(), entry.node.focus()));
  entry.node.querySelector(".more").append(area);
  area.focus();
}

// --- questions -----------------------------------------------------------------------------------------------------

function answer({ readings }, chosen) {
  const wanted = readings[chosen].labels;
  const refused = readings.flatMap((reading) => reading.labels).filter((text) => !wanted.includes(text));
  for (const text of wanted) {
    const candidate = model.candidates.find((key) => !key.used && fullLabel(key) === text);
    if (keyOfLabel(text)) decide(entryOf(keyOfLabel(text)), "approved");
    else if (candidate) addKey(candidate, undefined, candidate);
  }
  for (const text of refused) if (keyOfLabel(text)) decide(entryOf(keyOfLabel(text)), "rejected");
}

function showQuestions() {
  const status = (text) => keyOfLabel(text)?.status;
  let open = 0;
  for (const card of document.querySelectorAll(".question")) {
    const { readings } = model.questions[card.dataset.question];
    const texts = readings.flatMap((reading) => reading.labels);
    const waiting = texts.some((text) => keyOfLabel(text) && isOpen(entryOf(keyOfLabel(text))));
    card.toggleAttribute("data-open", waiting);
    open += waiting;
    for (const one of card.querySelectorAll("[data-do=answer]")) {
      const { labels } = readings[one.dataset.reading];
      const taken = !waiting && labels.every((text) => inForce({ status: status(text) }))
        && texts.every((text) => labels.includes(text) || !inForce({ status: status(text) }));
      one.setAttribute("aria-pressed", String(taken));
    }
  }
  if (byId("asked")) byId("asked").textContent = open ? `${open} of ${model.questions.length} open` : "all answered";
}
