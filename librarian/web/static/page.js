// How does the page come alive? The plain form, which works without this, learns to do more.

import { outside } from "./check.js";
import { clearFaults, empty, fields, fill, flat, holder, nested, read, showFaults } from "./fields.js";
import { Librarian } from "./librarian.js";
import { Outbox } from "./outbox.js";
import { consent, headers, introduce, unsaid } from "./person.js";
import { enliven, everywhere } from "./picking.js";
import { shrunk } from "./picture.js";
import { nameOf, reasons } from "./told.js";
import { Work } from "./work.js";
import { contract, make, say, sayBytes, sayFault } from "./words.js";

const page = document.querySelector("main"); // a form's own members may be hidden by labels' fields
const buttons = document.getElementById("buttons");
const send = document.getElementById("send");
const librarian = new Librarian(location.origin, { inputs: contract.inputs, headers });

const picked = contract.inputs.filter(({ tag }) => holder("input", tag)?.matches(".pick"));
const [main] = picked;
const others = new Map(); // files of the inputs beside the first, by tag
const pickers = new Map();
const asked = new Set(fields.map(({ name }) => name));

const again = button("send_again");
const skip = button("skip");
const keep = make("input", { type: "checkbox" });
const kept = make("label", { class: "choice", hidden: true }, keep, make("span", {}, say("keep_answers")));
const work = new Work({ changed });
const outbox = new Outbox(librarian, { mend, busy: () => work.files.length > 0 });

if (main) document.getElementById("about")?.removeAttribute("open");
buttons.before(kept);
buttons.append(again, skip);
for (const each of [send, again]) each.formNoValidate = true;
for (const input of picked) {
  const many = input === main;
  const took = many ? takeMain : ([file]) => takeOther(input, file);
  pickers.set(input.tag, enliven(holder("input", input.tag), { many, took, warm: () => librarian.warm() }));
}
if (main) everywhere((files) => pickers.get(main.tag).take(files));
document.addEventListener("submit", submit);
buttons.addEventListener("click", (event) => event.detail > 1 && event.preventDefault()); // impatient
skip.addEventListener("click", () => settle());
adopt();
introduce(librarian, () => outbox.resume());

/** Take what was chosen before this script was there. */
function adopt() {
  undraw();
  changed();
  for (const { tag } of picked) {
    const { files } = holder("input", tag).querySelector("input");
    if (files.length) pickers.get(tag).take([...files]);
  }
}

async function takeMain(files) {
  clearFaults();
  if (!work.oneByOne && files.length === 0) return;
  undraw();
  await work.take(await Promise.all(files.map((file) => shrunk(file, main))));
  seen();
}

async function takeOther(input, file) {
  others.set(input.tag, await shrunk(file, input));
  pickers.get(input.tag).full(true);
  const name = holder("input", input.tag).querySelector(".name");
  name.textContent = file.name;
}

/** Show the buttons and words that fit what is being worked on. */
function changed() {
  const count = work.files.length;
  if (main) pickers.get(main.tag)?.full(count > 0);
  again.hidden = !(work.oneByOne && work.size);
  skip.hidden = !(work.oneByOne && count > 1);
  kept.hidden = !(work.oneByOne && (work.size || count > 1)) || !contract.fields.length;
  page.classList.toggle("waiting", waits());
  send.textContent =
    count > 1 ? (work.oneByOne ? say("send_next") : say("send_all", { count })) : say("send");
}

/** Say whether the first file is still to be chosen, before which nothing else is asked for. */
function waits() {
  return Boolean(main?.required && !work.files.length);
}

async function submit(event) {
  event.preventDefault();
  if (waits()) return;
  clearFaults();
  const more = event.submitter === again;
  const { values, faults } = read();
  const { data, wrong } = inputs();
  const found = [...wrong, ...work.undrawn(faults), ...(work.size ? outside(values, work.size) : [])];
  found.push(...unsaid());
  showFaults(found);
  if (found.length) return;
  const files = work.oneByOne || !main ? [work.file] : work.files;
  const sent = (files.length ? files : [undefined]).map((file) => ({
    data: { ...data, ...(file ? { [main.tag]: file } : {}) },
    labels: nested({ ...values, ...work.called(file, values) }),
  }));
  if (more) {
    work.another();
    if (!keep.checked) empty(new Set([contract.filename]));
  } else await settle(work.oneByOne ? 1 : work.files.length);
  for (const each of sent) await outbox.send(each.data, each.labels, consent());
}

/** Empty the form for what comes next. */
async function settle(count = 1) {
  if (!keep.checked || work.files.length <= count) empty();
  else empty(new Set(fields.map(({ name }) => name).filter((name) => !drawn(name))));
  for (const { tag } of contract.inputs) {
    const place = holder("input", tag);
    if (place.matches(".pick")) pickers.get(tag).full(false);
    else place.querySelector("textarea").value = "";
  }
  for (const { tag } of picked) holder("input", tag).querySelector(".name").textContent = tag[0].toUpperCase() + tag.slice(1);
  others.clear();
  if (count > 1) await work.take(work.files.slice(count));
  else await work.next();
  if (work.file) seen();
}

/** Forget the numbers of a box: they are of another picture, or of none yet. */
function undraw() {
  fill(Object.fromEntries(fields.filter(({ name }) => drawn(name)).map(({ name }) => [name, undefined])));
}

function seen() {
  document.getElementById("work").scrollIntoView({ block: "start" });
}

/** Say whether a label tells of the picture alone, so that it is never kept for the next. */
function drawn(name) {
  const { box } = contract;
  return name === contract.filename || (box && [...Object.values(box.labels), box.turn, box.ratio?.label].includes(name));
}

/** Read the inputs but for the first file: data by tag, and what is wrong with them. */
function inputs() {
  const data = {};
  const wrong = [];
  const { max_bytes: most } = contract.limits;
  for (const { tag, types, required } of contract.inputs) {
    const place = holder("input", tag);
    const fault = (rule, message, more) => wrong.push({ input: tag, rule, message: sayFault({ rule, message, ...more }) });
    if (place.matches(".pick")) {
      const files = tag === main.tag ? work.files : [others.get(tag)].filter(Boolean);
      if (!files.length && required) fault("none", say("none_chosen"));
      for (const { size } of work.oneByOne ? files.slice(0, 1) : files) {
        const [actual, limit] = [sayBytes(size), sayBytes(most)];
        if (size > most) fault("bytes", say("too_large", { actual, limit }));
        if (!size) fault("empty", say("file_empty"));
      }
      if (tag !== main.tag && files.length) data[tag] = files[0];
      continue;
    }
    const { value } = place.querySelector("textarea");
    if (value.trim() === "") {
      if (required) fault("required", say("input_missing", { name: tag }));
    } else if (types.includes("json") && !types.includes("text")) {
      try {
        JSON.parse(value);
        data[tag] = new Blob([value], { type: "application/json" }); // as it was typed
      } catch {
        fault("json", say("no_json"));
      }
    } else data[tag] = value;
  }
  return { data, wrong };
}

/** Take a refused contribution back into the form, its faults beside the fields. */
async function mend({ data, labels, problem }) {
  for (const [tag, value] of Object.entries(data)) {
    const place = holder("input", tag);
    if (tag === main?.tag) await work.again(value);
    else if (place.matches(".pick")) await takeOther(contract.inputs.find((each) => each.tag === tag), value);
    else place.querySelector("textarea").value = typeof value === "string" ? value : await value.text();
  }
  const values = flat(labels);
  empty();
  fill(values);
  work.restore(values);
  const said = reasons(problem);
  const tags = new Set(contract.inputs.map(({ tag }) => tag));
  showFaults(
    (problem.errors.length ? problem.errors : [{}]).map((each, index) => {
      const tag = each.pointer?.split("/")[1];
      const name = nameOf(each);
      return { message: said[index], input: tags.has(tag) ? tag : undefined, name: asked.has(name) ? name : undefined };
    }),
  );
}

function button(name) {
  return make("button", { class: "quiet", hidden: true, type: name === "skip" ? "button" : "submit" }, say(name));
}
