// What is to be seen of a file? Its picture, upright, with its size in pixels; smaller if asked for.

import { contract, downscale, make, say } from "./words.js";

const QUALITY = 0.9;

/** Open a picture; null where this browser cannot show it. The size is as people see it. */
export async function open(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  image.draggable = false;
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(url);
    return null;
  }
  return { url, image, size: { width: image.naturalWidth, height: image.naturalHeight } };
}

/** Say whether a file is a picture as iPhones take them: an ISO base media file of such a brand. */
export async function isHeic(file) {
  const start = new TextDecoder("latin1").decode(await file.slice(4, 12).arrayBuffer());
  return /^ftyp(heic|heix|heim|heis|mif1)$/.test(start);
}

/** Make a picture smaller where it is larger than the service takes and the owner asks for it. */
export async function shrunk(file, input) {
  if (!downscale || !file.type.startsWith("image/") || file.type === "image/gif") return file;
  const opened = await open(file);
  if (!opened) return file;
  const { size, url, image } = opened;
  const { limits } = input;
  const most = Math.min(limits.max_bytes ?? Infinity, contract.limits.max_bytes);
  const pixels = Math.min(limits.max_pixels ?? Infinity, contract.limits.max_pixels);
  let share = Math.min(
    1,
    (limits.max_width ?? Infinity) / size.width,
    (limits.max_height ?? Infinity) / size.height,
    Math.sqrt(pixels / (size.width * size.height)),
  );
  let smaller = file;
  for (let tries = 0; (share < 1 || smaller.size > most) && tries < 6; tries++) {
    if (tries || share === 1) share *= 0.8;
    smaller = await redrawn(image, size, share, file.name);
    if (smaller.size <= most) break;
  }
  URL.revokeObjectURL(url);
  return smaller;
}

/** Show many files small, for an overview. */
export function thumbs(files) {
  const shown = files.slice(0, 30).map((file) => {
    const url = URL.createObjectURL(file);
    const image = make("img", { src: url, alt: file.name });
    image.addEventListener("load", () => URL.revokeObjectURL(url));
    image.addEventListener("error", () => image.replaceWith(file.name));
    return image;
  });
  return make("div", { class: "thumbs", tabindex: "0", role: "group", "aria-label": say("choose_many") }, ...shown);
}

function redrawn(image, size, share, name) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(size.width * share));
  canvas.height = Math.max(1, Math.floor(size.height * share));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const called = name.replace(/\.[^.]*$/, "") + ".jpg";
  const type = "image/jpeg";
  return new Promise((resolve) =>
    canvas.toBlob((blob) => resolve(new File([blob], called, { type })), type, QUALITY),
  );
}
