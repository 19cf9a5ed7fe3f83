// How would it be written with tus? Two processes, files in a folder, labels as an upload's metadata.
//
// Labels are checked before an upload is made, the picture's header once it is there. The metadata
// that @tus/file-store keeps beside the file are the labels' record, so they are put on the disk
// before the answer; the picture and its folder are too where PEER_SYNCED is `yes`.

import cluster from "node:cluster";
import { open } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import { imageSizeFromFile } from "image-size/fromFile";

const WORKERS = 2;
const MOST = 40 * 2 ** 20;
const NUMBERS = ["top", "left", "bottom", "right", "rotate", "aspect_ratio"];
const folder = path.join(process.env.PEER_FOLDER, "pictures");
const synced = process.env.PEER_SYNCED === "yes";

const refusal = (reason) => ({ status_code: 422, body: `${JSON.stringify({ error: reason })}\n` });

async function sync(file) {
  const opened = await open(file, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

async function onUploadCreate(_request, upload) {
  const { filename, ...rest } = upload.metadata ?? {};
  if (!filename) throw refusal("filename is missing");
  const labels = { filename };
  for (const name of NUMBERS) {
    labels[name] = Number(rest[name] || Number.NaN);
    if (!Number.isFinite(labels[name])) throw refusal(`${name} is no number`);
  }
  const unknown = Object.keys(rest).filter((name) => !NUMBERS.includes(name));
  if (unknown.length > 0) throw refusal(`there is no label ${unknown[0]}`);
  return { metadata: labels };
}

async function onUploadFinish(_request, upload) {
  const file = path.join(folder, upload.id);
  let found;
  try {
    found = await imageSizeFromFile(file);
  } catch {
    throw refusal("this is no JPEG");
  }
  if (found.type !== "jpg") throw refusal("this is no JPEG");
  await Promise.all([sync(`${file}.json`), ...(synced ? [sync(file), sync(folder)] : [])]);
  return {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ id: upload.id, bytes: upload.size }),
  };
}

if (cluster.isPrimary) {
  for (let each = 0; each < WORKERS; each += 1) cluster.fork();
} else {
  const tus = new Server({
    path: "/files",
    datastore: new FileStore({ directory: folder }),
    maxSize: MOST,
    onUploadCreate,
    onUploadFinish,
  });
  http.createServer(tus.handle.bind(tus)).listen(Number(process.env.PEER_PORT), "127.0.0.1");
}
