// What each drawer says, as Yjs updates in base64: node updates.mjs <folder> <drawers> <deltas>, JSON on stdout.
// Each update pushes one short text that names drawer and delta, so that it can be found again in what arrives.
import { createRequire } from "node:module";

const [folder, drawers, deltas] = process.argv.slice(2);
const Y = createRequire(`${folder}/`)("yjs");

function sayAll(drawer) {
  const doc = new Y.Doc();
  const said = [];
  doc.clientID = drawer + 1;
  doc.on("update", (update) => said.push(Buffer.from(update).toString("base64")));
  const strokes = doc.getArray("strokes");
  for (let delta = 0; delta < Number(deltas); delta += 1) {
    const name = `d${String(drawer).padStart(4, "0")}k${String(delta).padStart(6, "0")}`;
    strokes.push([`${name}.............`]); // as long as three points
  }
  return said;
}

process.stdout.write(JSON.stringify(Array.from({ length: Number(drawers) }, (_, drawer) => sayAll(drawer))));
