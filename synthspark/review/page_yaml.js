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

// null stands for a number that JSON does not know.
const yamlNumber = (value) => (value === null ? ".nan" : Number.isInteger(value) ? value.toFixed(1) : String(value));

// In brackets a plain comma or bracket would end the item: quote more there.
const yamlItem = (text) => (/[(),]/.test(text) ? JSON.stringify(text) : yamlText(text));
const yamlList = (names) => "[" + names.map(yamlItem).join(", ") + "]";

function yamlPairs(pairs) {
  return "{" + pairs.map(([name, value]) => `${yamlItem(name)}: ${value}`).join(", ") + "}";
}

function yamlColumn(column) {
  const pairs = [
    ["type", yamlItem(column.type)],
    ["semantic", yamlItem(column.semantic)],
    ["nullable", String(column.nullable)],
    ["confidence", yamlNumber(column.confidence)],
  ];
  if (column.generate !== undefined) pairs.push(["generate", column.generate]);
  return yamlPairs(pairs);
}

function yamlTable(table) {
  const lines = [
    `  ${yamlText(table.name)}:`,
    `    role: ${table.role}`,
    `    primary_key: ${table.primary_key.length ? yamlList(table.primary_key) : "null"}`,
    `    alternate_keys: [${table.alternate_keys.map(yamlList).join(", ")}]`,
    `    status: ${table.status}`,
    `    confidence: ${yamlNumber(table.confidence)}`,
    `    why: ${yamlText(table.why)}`,
    `    rows: ${table.rows}`,
    table.columns.size ? "    columns:" : "    columns: {}",
  ];
  for (const [name, column] of table.columns) lines.push(`      ${yamlText(name)}: ${yamlColumn(column)}`);
  return lines;
}

function yamlKey(key) {
  const evidence = Object.entries(key.evidence).map(([name, value]) => [name, yamlNumber(value)]);
  return [
    `  - child: ${yamlText(key.child)}`,
    `    child_columns: ${yamlList(key.child_columns)}`,
    `    parent: ${yamlText(key.parent)}`,
    `    parent_columns: ${yamlList(key.parent_columns)}`,
    `    status: ${key.status}`,
    `    confidence: ${yamlNumber(key.confidence)}`,
    `    score: ${yamlNumber(key.confidence)}`,
    `    evidence: ${yamlPairs(evidence)}`,
    `    why: ${yamlText(key.why)}`,
  ];
}

function yamlRule(rule) {
  return [
    `  - kind: ${yamlText(rule.kind)}`,
    `    table: ${yamlText(rule.table)}`,
    `    columns: ${yamlList(rule.columns)}`,
    `    status: ${rule.status}`,
    `    confidence: ${yamlNumber(rule.confidence)}`,
    `    parameters: ${rule.parametersText}`,
    `    evidence: ${yamlPairs(Object.entries(rule.evidence || {}).filter(([, value]) => value !== null))}`,
    `    why: ${yamlText(rule.why)}`,
  ];
}

function yamlSection(name, items, write, empty) {
  return items.length ? [`${name}:`, ...items.flatMap(write)] : [`${name}: ${empty}`];
}

function yamlSchema(model, header) {
  return [
    ...header.trimEnd().split("\n").map((line) => "# " + line),
    `format_version: ${model.formatVersion}`,
    `name: ${yamlText(model.name)}`,
    ...yamlSection("tables", model.tables, yamlTable, "{}"),
    ...yamlSection("foreign_keys", model.keys.filter((key) => !key.removed), yamlKey, "[]"),
    ...yamlSection("rules", model.rules, yamlRule, "[]"),
    ...yamlSection("candidates", model.candidates.filter((key) => !key.used), yamlKey, "[]"),
    "",
  ].join("\n");
}
