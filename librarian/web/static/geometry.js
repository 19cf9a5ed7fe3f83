// Where is the box? Sums alone: boxes are {left, top, right, bottom} in fractions of the picture as
// people see it, sizes {width, height} in its pixels, turns degrees clockwise about the middle.

const LEAST = 1; // pixel of the picture

/** Carry a box by a part of the picture, as far as its edges go. */
export function moved(box, across, down) {
  const x = clamp(across, -box.left, 1 - box.right);
  const y = clamp(down, -box.top, 1 - box.bottom);
  return { left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y };
}

/** Pull a box by a handle ("nw", "e", ...) by so many pixels; what is opposite stays. */
export function pulled(box, handle, across, down, size, { ratio = 0, turn = 0 } = {}) {
  const old = scaled(box, size.width, size.height);
  const [x, y] = turned(across, down, -turn);
  const at = { ...old };
  if (handle.includes("w")) at.left = Math.min(old.left + x, old.right - LEAST);
  if (handle.includes("e")) at.right = Math.max(old.right + x, old.left + LEAST);
  if (handle.includes("n")) at.top = Math.min(old.top + y, old.bottom - LEAST);
  if (handle.includes("s")) at.bottom = Math.max(old.bottom + y, old.top + LEAST);
  if (ratio) keepRatio(at, handle, ratio, turn ? null : size);
  if (turn) {
    // What is opposite stays where it is seen, so the middle moves along the turned sides.
    const [dx, dy] = middle(at).map((each, axis) => each - middle(old)[axis]);
    const [tx, ty] = turned(dx, dy, turn);
    for (const side of ["left", "right"]) at[side] += tx - dx;
    for (const side of ["top", "bottom"]) at[side] += ty - dy;
  }
  return inside(scaled(at, 1 / size.width, 1 / size.height));
}

/** Make the box of two corners, the second pulled away from the first. */
export function drawn(from, to, size, options) {
  const [across, down] = [(to.x - from.x) * size.width, (to.y - from.y) * size.height];
  const handle = (down < 0 ? "n" : "s") + (across < 0 ? "w" : "e");
  const point = { left: from.x, right: from.x, top: from.y, bottom: from.y };
  return pulled(point, handle, across, down, size, { ...options, turn: 0 });
}

/** Place a box of half the picture's size about a point. */
export function placed(x, y, size, { ratio = 0 } = {}) {
  let [width, height] = [size.width / 2, size.height / 2];
  if (ratio) [width, height] = [Math.min(width, height * ratio), Math.min(height, width / ratio)];
  const [half, tall] = [width / size.width / 2, height / size.height / 2];
  const box = { left: 0.5 - half, right: 0.5 + half, top: 0.5 - tall, bottom: 0.5 + tall };
  return moved(box, x - 0.5, y - 0.5);
}

/** Give the labels of a box, as the contract's `box` describes them. */
export function labelsOf(box, { form, unit, labels, whole }, size) {
  const [across, down] = unit === "pixels" ? [size.width, size.height] : [1, 1];
  const digits = unit === "pixels" || whole ? 0 : 6;
  const at = scaled(box, across, down);
  for (const side of Object.keys(at)) at[side] = rounded(at[side], digits);
  const [width, height] = [at.right - at.left, at.bottom - at.top].map((n) => rounded(n, digits));
  const byRole =
    form === "xywh" ? { x: at.left, y: at.top, width, height }
    : { top: at.top, left: at.left, bottom: at.bottom, right: at.right };
  return Object.fromEntries(Object.entries(labels).map(([role, name]) => [name, byRole[role]]));
}

/** Read a box off its labels, null where they make none. */
export function boxOf(values, { form, unit, labels }, size) {
  const at = (role) => values[labels[role]];
  const [across, down] = unit === "pixels" ? [size.width, size.height] : [1, 1];
  const box =
    form === "xywh"
      ? { left: at("x"), top: at("y"), right: at("x") + at("width"), bottom: at("y") + at("height") }
      : { left: at("left"), top: at("top"), right: at("right"), bottom: at("bottom") };
  if (!Object.values(box).every(Number.isFinite)) return null;
  if (box.left >= box.right || box.top >= box.bottom) return null;
  return scaled(box, 1 / across, 1 / down);
}

/** Give width divided by height, in pixels. */
export function ratioOf(box, size) {
  return ((box.right - box.left) * size.width) / ((box.bottom - box.top) * size.height);
}

export function rounded(number, digits) {
  return Number(number.toFixed(digits));
}

/** Give a box its ratio again, from the sides that the handle does not hold. */
function keepRatio(at, handle, ratio, size) {
  let [width, height] = [at.right - at.left, at.bottom - at.top];
  if (handle === "n" || handle === "s") width = height * ratio;
  else if (handle === "e" || handle === "w") height = width / ratio;
  else [width, height] = [Math.max(width, height * ratio), Math.max(height, width / ratio)];
  const [x, y] = middle(at);
  if (size) {
    // As far as the picture goes on the side that is pulled.
    const wide = handle.includes("w") ? at.right : handle.includes("e") ? size.width - at.left
      : 2 * Math.min(x, size.width - x);
    const high = handle.includes("n") ? at.bottom : handle.includes("s") ? size.height - at.top
      : 2 * Math.min(y, size.height - y);
    const less = Math.min(1, wide / width, high / height);
    [width, height] = [width * less, height * less];
  }
  if (handle.includes("w")) at.left = at.right - width;
  else if (handle.includes("e")) at.right = at.left + width;
  else [at.left, at.right] = [x - width / 2, x + width / 2];
  if (handle.includes("n")) at.top = at.bottom - height;
  else if (handle.includes("s")) at.bottom = at.top + height;
  else [at.top, at.bottom] = [y - height / 2, y + height / 2];
}

function inside({ left, top, right, bottom }) {
  return { left: clamp(left, 0, 1), top: clamp(top, 0, 1), right: clamp(right, 0, 1), bottom: clamp(bottom, 0, 1) };
}

function scaled({ left, top, right, bottom }, across, down) {
  return { left: left * across, top: top * down, right: right * across, bottom: bottom * down };
}

function middle({ left, top, right, bottom }) {
  return [(left + right) / 2, (top + bottom) / 2];
}

function turned(x, y, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [x * cos - y * sin, x * sin + y * cos];
}

function clamp(number, least, most) {
  return Math.min(Math.max(number, least), most);
}
