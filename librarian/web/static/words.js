// In which words does the page speak? In those that came with it; the service's own for faults.

import { toJson } from "./librarian.js";

export const { contract, words, downscale } = JSON.parse(
  document.getElementById("contract").textContent,
);

const captions = new Map(contract.fields.map(({ name, schema }) => [name, schema.title ?? name]));

/** Say something of the page's, filled in. */
export function say(name, values = {}) {
  return filled(words[name], values);
}

/**
 * Say what is wrong: in the page's language where it has words for the rule, else as it was told.
 * A label is called as its field is; `name` is its name with dots.
 */
export function sayFault({ rule, message, name = "", limit, actual }) {
  const called = `“${captions.get(name) ?? name}”`;
  const plain = name ? message.replaceAll(`“${name}”`, called) : message;
  const sentence = words.faults[rule];
  if (!sentence) return plain;
  const values = { place: name && called, limit: given(limit), actual: given(actual) };
  const lacks = Object.keys(values).some((each) => sentence.includes(`{${each}}`) && !values[each]);
  return lacks ? plain : filled(sentence, values);
}

/** Write a JSON value as people read it, as the service does. */
export function sayValue(value) {
  const text = typeof value === "string" ? value : toJson(value);
  const short = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  return typeof value === "string" ? `“${short}”` : short;
}

export function sayBytes(count) {
  for (const [unit, size] of [["MiB", 2 ** 20], ["KiB", 2 ** 10]]) {
    if (count >= size) return `${Number((count / size).toPrecision(4))} ${unit}`;
  }
  return `${count} ${words.bytes}`;
}

export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Make an element: its attributes, then what is in it. */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
}

/** Say something to those who do not see the page. */
export function aloud(text) {
  document.getElementById("aloud").textContent = text;
}

function given(value) {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.map(sayValue).join(", ") : sayValue(value);
}
