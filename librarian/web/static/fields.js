// What was answered? Each field read as the JSON value that its label wants, faults put beside it.

import { fault, told } from "./check.js";
import { toJson } from "./librarian.js";
import { contract, make, say } from "./words.js";

const FREE = { name: "label", required: false, schema: {}, sentences: {} };
export const fields = contract.fields.length ? contract.fields : [FREE];
const summary = document.getElementById("summary");

/** Read every label: values by name with dots, and the faults that can be seen here. */
export function read() {
  const values = {};
  const faults = [];
  for (const field of fields) {
    const { value, wrong } = answer(field);
    const found = wrong ? told(field, "type") : fault(field, value);
    if (found) faults.push(found);
    else if (value !== undefined) values[field.name] = value;
  }
  return { values, faults };
}

/** Put values by name into the fields. */
export function fill(values) {
  for (const field of fields) {
    if (field.name in values) put(field, values[field.name]);
  }
}

/** Empty the fields, but for some. */
export function empty(except = new Set()) {
  for (const field of fields) if (!except.has(field.name)) put(field, field.schema.default);
}

/** Make labels of values by name: box.x is the member x of box. */
export function nested(values) {
  const labels = {};
  for (const [name, value] of Object.entries(values)) {
    const path = name.split(".");
    const last = path.pop();
    path.reduce((node, step) => (node[step] ??= {}), labels)[last] = value;
  }
  return labels;
}

/** Give the values by name of labels. */
export function flat(labels) {
  const at = (name) => name.split(".").reduce((node, step) => node?.[step], labels);
  return Object.fromEntries(
    fields.map(({ name }) => [name, at(name)]).filter(([, value]) => value !== undefined),
  );
}

/** Show faults: a summary that is read out, and each beside its field. */
export function showFaults(faults) {
  clearFaults();
  if (!faults.length) return;
  const found = [];
  const items = faults.map(({ name, input, id, message }) => {
    const place = id ? document.getElementById(id) : input ? holder("input", input) : holder("field", name);
    const target = place && mark(place, message);
    if (target) found.push(target);
    const link = target && make("a", { href: `#${target.id}` }, message);
    link?.addEventListener("click", (event) => {
      event.preventDefault();
      reveal(target);
    });
    return make("li", {}, link ?? message);
  });
  summary.replaceChildren(make("p", {}, say("summary")), make("ul", {}, ...items));
  summary.hidden = false;
  const [first] = found.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_PRECEDING ? 1 : -1));
  if (first) reveal(first);
  else summary.focus();
}

export function clearFaults() {
  summary.hidden = true;
  summary.replaceChildren();
  for (const each of document.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  for (const each of document.querySelectorAll(".fault")) each.hidden = true;
}

/** Find the element that holds the field of a label or an input. */
export function holder(kind, name) {
  return document.querySelector(`[data-${kind}="${CSS.escape(name)}"]`);
}

function mark(place, message) {
  const note = place.querySelector(".fault");
  if (place.id === "work") {
    Object.assign(note, { textContent: message, hidden: false });
    return document.getElementById("box-draw") ?? document.querySelector(".pick.main input");
  }
  const target = place.querySelector("input:not([type=radio]), select, textarea") ?? place;
  const alive = target.type === "radio" || place.matches("fieldset") ? place.querySelector("input") : target;
  note.textContent = note.hidden ? message : `${note.textContent} ${message}`;
  note.hidden = false;
  (place.matches("fieldset") ? place.querySelectorAll("input") : [alive]).forEach((each) =>
    each.setAttribute("aria-invalid", "true"),
  );
  alive.id ||= `${place.id}-first`;
  return alive;
}

function reveal(target) {
  target.closest("details")?.setAttribute("open", "");
  target.focus();
  target.closest(".field")?.scrollIntoView({ block: "nearest" });
}

function answer(field) {
  const place = holder("field", field.name);
  const inputs = [...place.querySelectorAll("input, select, textarea")];
  const [input] = inputs;
  const { schema } = field;
  if (input.type === "radio") {
    return { value: chosen(schema.enum ?? [true, false], inputs.find(({ checked }) => checked)) };
  }
  if (input.role === "switch") return { value: input.checked };
  if (input.type === "checkbox") {
    const ticked = inputs.filter(({ checked }) => checked);
    const value = ticked.map((each) => chosen(schema.items.enum, each));
    return { value: value.length || field.required ? value : undefined };
  }
  if (input.matches("select")) return { value: chosen(schema.enum, input.selectedOptions[0]) };
  if (input.validity.badInput) return { wrong: true };
  const typed = input.value;
  if (typed.trim() === "") return {};
  if (input.type === "number") return { value: exact(input.valueAsNumber, typed) };
  if (kindOf(schema) === "array") {
    return { value: typed.split("\n").map((line) => line.trim()).filter(Boolean) };
  }
  if (kindOf(schema) === "object") {
    try {
      return { value: JSON.parse(typed, (_, each, from) => exact(each, from?.source)) };
    } catch {
      return { wrong: true };
    }
  }
  return { value: typed };
}

function put(field, value) {
  const place = holder("field", field.name);
  const inputs = [...place.querySelectorAll("input, select, textarea")];
  const [input] = inputs;
  const same = (list, each) => (each.dataset.index ? list[each.dataset.index] === value : value === undefined);
  if (input.type === "radio") {
    for (const each of inputs) each.checked = same(field.schema.enum ?? [true, false], each);
  } else if (input.role === "switch") input.checked = value === true;
  else if (input.type === "checkbox") {
    for (const each of inputs) each.checked = (value ?? []).includes(field.schema.items.enum[each.dataset.index]);
  } else if (input.matches("select")) {
    for (const each of input.options) each.selected = same(field.schema.enum, each);
  } else if (Array.isArray(value)) input.value = value.join("\n");
  else input.value = value === undefined ? "" : typeof value === "object" ? toJson(value) : value;
}

/** Give a whole number that is too large for a Number as it was written. */
function exact(value, text = "") {
  const large = typeof value === "number" && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(text);
  return large ? BigInt(text) : value;
}

function chosen(list, element) {
  return element?.dataset.index ? list[element.dataset.index] : undefined;
}

function kindOf({ type }) {
  return Array.isArray(type) ? type.find((each) => each !== "null") : type;
}
