// schema.yaml as text: the form that synthspark.artifacts.schema_form fixes, laid out for a reader.

const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./()-]+)*$/;
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i;
// YAML refuses some characters that JSON lets pass.
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function yamlText(text) {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  const escape = (char) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  return JSON.stringify(text).replace(UNPRINTABLE, escape);
}

// A number with an exponent needs its point: 1e-7 would be a text.
const yamlNumber = (value) => String(value).replace(/^(-?\d+)e/, "$1.0e");

// In brackets a plain comma or bracket would end the item: quote more there.
const yamlItem = (text) => (/[(),]/.test(text) ? JSON.stringify(text) : yamlText(text));
const yamlList = (names) => "[" + names.map(yamlItem).join(", ") + "]";

function yamlPairs(pairs) {
  return "{" + pairs.map(([name, value]) => `${yamlItem(name)}: ${value}`).join(", ") + "}";
}

// null stands for a number that JSON does not know, where a number has to be.
function yamlValue(name, value) {
  if (value === null || value === undefined) return name === "confidence" ? ".nan" : "null";
  if (typeof value === "number") return yamlNumber(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return yamlText(value);
  if (Array.isArray(value)) return "[" + value.map((one) => (typeof one === "string" ? yamlItem(one) : yamlValue("", one))).join(", ") + "]";
  const inner = name === "evidence" ? "confidence" : "";
  return yamlPairs(Object.entries(value).map(([key, one]) => [key, typeof one === "string" ? yamlItem(one) : yamlValue(inner, one)]));
}

// Fields of an entry as the file has them; lines carry the place that each begins, for comments belong to places.
const own = (item, ...others) => Object.keys(item).filter((name) =>
  ![...others, "parametersText", "added", "removed", "used"].includes(name) && !(name === "compare" && !item.compare.length));

function yamlTable(table) {
  const where = ["tables", table.name];
  const lines = [{ text: `  ${yamlText(table.name)}:`, place: where }];
  for (const name of own(table, "name", "columns")) {
    const value = name === "primary_key" && !table.primary_key.length ? null : table[name];
    lines.push({ text: `    ${name}: ${yamlValue(name, value)}`, place: [...where, name] });
  }
  lines.push({ text: table.columns.size ? "    columns:" : "    columns: {}", place: [...where, "columns"] });
  for (const [name, column] of table.columns) {
    lines.push({ text: `      ${yamlText(name)}: ${yamlValue("", column)}`, place: [...where, "columns", name] });
  }
  return lines;
}

function yamlEntry(section) {
  const kind = { foreign_keys: "key", candidates: "key", rules: "rule" }[section];
  return (item) => {
    const where = [section, kind ? placeOf({ kind, item })[1] : item.text];
    return own(item).map((name, i) => ({
      text: `${i ? "  " : "- "}${name}: ${item[name + "Text"] ?? yamlValue(name, item[name])}`,
      place: i ? [...where, name] : where,
    }));
  };
}

function yamlSection(name, items, empty, write) {
  const head = { text: items.length ? `${name}:` : `${name}: ${empty}`, place: [name] };
  return [head, ...items.flatMap(write)];
}

function yamlSchema(model, page) {
  const sections = {
    tables: (name) => yamlSection(name, model.tables, "{}", yamlTable),
    foreign_keys: (name) => yamlSection(name, model.keys.filter((key) => !key.removed), "[]", yamlEntry(name)),
    rules: (name) => yamlSection(name, model.rules, "[]", yamlEntry(name)),
    questions: (name) => yamlSection(name, model.questions, "[]", yamlEntry(name)),
    candidates: (name) => yamlSection(name, model.candidates.filter((key) => !key.used), "[]", yamlEntry(name)),
  };
  const lines = Object.keys(model.written).flatMap((name) =>
    sections[name]?.(name) ?? [{ text: `${name}: ${yamlValue(name, model.written[name])}`, place: [name] }]);
  return [...page.header.map(yamlComment), ...lines.flatMap(commented(model)), ...lost(model, lines),
    ...page.footer.map(yamlComment), ""].join("\n");
}

const yamlComment = (line) => `# ${line}`.trimEnd();

function commented(model) {
  return ({ text, place }) => {
    const name = placeId(...place);
    const indent = text.match(/^ */)[0];
    const before = (model.before.get(name) ?? []).map((line) => indent + yamlComment(line));
    const beside = model.beside.get(name);
    return [...before, beside ? `${text}  ${yamlComment(beside)}` : text];
  };
}

// Comments whose place is gone stay in the file.
function lost(model, lines) {
  const there = new Set(lines.map(({ place }) => placeId(...place)));
  return [...model.before, ...[...model.beside].map(([name, line]) => [name, [line]])]
    .filter(([name]) => !there.has(name))
    .flatMap(([name, remarks]) => remarks.map((line) => yamlComment(`${JSON.parse(name).join("/")}: ${line}`)));
}
