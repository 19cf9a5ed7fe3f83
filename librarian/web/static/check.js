// Does a label keep its rules? Looked at before it is sent, and told in the service's own sentences.

import { contract, filled, sayFault, sayValue } from "./words.js";

const RULES = {
  type: (value, type) => kinds(type).some((each) => IS[each]?.(value)),
  enum: (value, allowed) => allowed.some((each) => each === value) || typeof value === "object",
  const: (value, only) => value === only || typeof value === "object",
  minimum: (value, least) => !(value < least),
  maximum: (value, most) => !(value > most),
  exclusiveMinimum: (value, least) => !(value <= least),
  exclusiveMaximum: (value, most) => !(value >= most),
  multipleOf: (value, step) => typeof value !== "number" || near(value / step),
  minLength: (value, least) => typeof value !== "string" || [...value].length >= least,
  maxLength: (value, most) => typeof value !== "string" || [...value].length <= most,
  pattern: (value, form) => typeof value !== "string" || matches(value, form),
  minItems: (value, least) => !Array.isArray(value) || value.length >= least,
  maxItems: (value, most) => !Array.isArray(value) || value.length <= most,
};
const IS = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" || typeof value === "bigint",
  integer: (value) => Number.isInteger(value) || typeof value === "bigint",
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && !Array.isArray(value),
};

/** Find the first rule that a label breaks; undefined if it keeps all that can be seen here. */
export function fault(field, value) {
  if (value === undefined) return field.required ? told(field, "required") : undefined;
  for (const [rule, holds] of Object.entries(RULES)) {
    const limit = field.schema[rule];
    if (limit !== undefined && !holds(value, limit)) return told(field, rule, limit, value);
  }
  return undefined;
}

/** Say that a label breaks a rule. */
export function told(field, rule, limit, actual) {
  const sentence = field.sentences[rule] ?? field.sentences.type ?? "";
  const message = filled(sentence, { actual: actual === undefined ? "" : sayValue(actual) });
  return { name: field.name, rule, message: sayFault({ rule, message, name: field.name, limit, actual }) };
}

/** Find where the box of the labels stands out of the picture. */
export function outside(values, size) {
  const { box } = contract;
  if (!box?.outside) return [];
  const { form, labels, unit, tolerance } = box;
  const pairs = form === "xywh" ? [["x", "width"], ["y", "height"]] : [["left", "right"], ["top", "bottom"]];
  const most = unit === "pixels" ? [size.width, size.height] : [1, 1];
  return pairs.flatMap((pair, axis) => {
    const [first, second] = pair.map((role) => values[labels[role]]);
    if (!Number.isFinite(first) || !Number.isFinite(second)) return [];
    const end = form === "xywh" ? first + second : second;
    const say = (which, name, limit, actual) => {
      const message = filled(box.outside[axis][which], { limit, actual: sayValue(actual) });
      return { name, rule: "inside", message: sayFault({ rule: "inside", message, name, limit, actual }) };
    };
    const found = [];
    if (first < -tolerance) found.push(say("before", labels[pair[0]], 0, first));
    if (end > most[axis] + tolerance) found.push(say("beyond", labels[pair[1]], most[axis], end));
    return found;
  });
}

function kinds(type) {
  return Array.isArray(type) ? type : [type];
}

function near(quotient) {
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

/** Python's expressions are nearly JavaScript's; what is not is left to the service. */
function matches(value, form) {
  try {
    return new RegExp(form, "u").test(value);
  } catch {
    return true;
  }
}
