// Forms for keys: a primary key of one table, a foreign key between two; built when they are opened.

function make(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function choice(label, names, chosen) {
  const select = make("select", { ariaLabel: label });
  for (const name of names) select.append(make("option", { value: name, textContent: name, selected: name === chosen }));
  return select;
}

function fill(select, names, chosen) {
  select.replaceChildren(...choice("", names, chosen).children);
}

const button = (textContent, onclick, className = "") => make("button", { type: "button", textContent, onclick, className });

// A primary key: one select a column, in order.
function primaryKeyForm(columns, chosen, apply) {
  const names = [...columns.keys()];
  const list = make("span", { className: "picks" });
  const note = make("output");
  const more = (name) => list.append(choice("Key column", names, name));
  chosen.forEach(more);
  const submit = () => {
    const picked = [...list.children].map((select) => select.value);
    if (new Set(picked).size < picked.length) return void (note.textContent = "A column appears twice.");
    note.textContent = "";
    apply(picked);
  };
  return make("div", { className: "form" }, list,
    button("Add a column", () => more(names.find((name) => ![...list.children].some((s) => s.value === name)))),
    button("Remove the last", () => list.lastChild?.remove()),
    button("Apply", submit, "main"), note);
}

const COMPARED = { exact: "as they are", number: "as whole numbers: C-000042 is 42", folded: "trimmed, without case" };

function comparison(chosen) {
  const select = make("select", { ariaLabel: "How values are compared" });
  for (const how of page.comparisons) {
    select.append(make("option", { value: how, textContent: COMPARED[how] ?? how, selected: how === chosen }));
  }
  return select;
}

// A foreign key: child and parent table, then pairs of columns. `initial` names the child; the child table of an
// existing key stays. `apply` returns what is wrong, or nothing.
function foreignKeyForm(model, initial, apply) {
  const names = model.tables.map((table) => table.name);
  const table = (name) => model.tables.find((one) => one.name === name);
  const child = choice("Child table", names, initial.child);
  const parent = choice("Parent table", names, initial.parent);
  child.disabled = Boolean(initial.fixed);
  const pairs = make("div", { className: "pairs" });
  const note = make("output");
  const picked = () => [...pairs.children].map((row) => [...row.querySelectorAll("select")].map((s) => s.value));

  function addPair(from, to, how = "exact") {
    const row = make("div", {},
      choice("Child column", table(child.value).columns.keys(), from), " → ",
      choice("Parent column", table(parent.value).columns.keys(), to),
      make("label", { className: "how" }, " compared ", comparison(how)));
    pairs.append(row);
    hint();
  }

  function startPairs() {
    pairs.replaceChildren();
    const key = table(parent.value).primary_key;
    for (const column of key.length ? key : [undefined]) {
      addPair(table(child.value).columns.has(column) ? column : undefined, column);
    }
  }

  function hint() {
    const target = table(parent.value);
    const found = picked();
    [...pairs.children].forEach((row, i) => { // of no use where both sides have one type that is not a text
      const [a, b, how] = found[i];
      const [one, other] = [table(child.value).columns.get(a)?.type, target.columns.get(b)?.type];
      row.querySelector(".how").hidden = how === "exact" && one === other && one !== "string";
    });
    const types = found
      .map(([a, b]) => [table(child.value).columns.get(a)?.type, target.columns.get(b)?.type])
      .filter(([a, b]) => a !== b);
    const unique = [target.primary_key, ...target.alternate_keys].some(
      (key) => key.length === found.length && found.every(([, column]) => key.includes(column)));
    const remarks = types.map(([a, b]) => `Types differ: ${a}, ${b}.`);
    if (!unique) remarks.push(`These are not the primary key of ${target.name}.`);
    note.textContent = remarks.join(" ");
  }

  child.onchange = startPairs;
  parent.onchange = () => {
    if (!initial.fixed) return startPairs();
    const from = picked().map(([column]) => column);
    const key = table(parent.value).primary_key;
    pairs.replaceChildren();
    from.forEach((column, i) => addPair(column, key[i]));
  };
  pairs.onchange = hint;
  if (initial.child_columns) {
    initial.child_columns.forEach((column, i) => addPair(column, initial.parent_columns[i], initial.compare?.[i]));
  }
  else startPairs();

  const submit = () => {
    const found = picked();
    const [from, to] = [found.map(([a]) => a), found.map(([, b]) => b)];
    if (new Set(from).size < from.length || new Set(to).size < to.length) note.textContent = "A column appears twice.";
    else if (child.value === parent.value && from.every((a, i) => a === to[i])) {
      note.textContent = "A column cannot reference itself.";
    } else {
      const hows = found.map(([, , how]) => how);
      const compare = hows.every((how) => how === "exact") ? [] : hows;
      const key = { child: child.value, child_columns: from, parent: parent.value, parent_columns: to, compare };
      note.textContent = apply(key) ?? "";
    }
  };
  return make("div", { className: "form" },
    make("label", {}, "Child ", child), make("label", {}, "Parent ", parent), pairs,
    button("Add a pair", () => addPair()),
    button("Remove the last pair", () => { if (pairs.children.length > 1) { pairs.lastChild.remove(); hint(); } }),
    button("Apply", submit, "main"), note);
}
