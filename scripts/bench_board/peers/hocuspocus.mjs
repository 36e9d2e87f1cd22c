// hocuspocus, kept in memory: node hocuspocus.mjs <port> <folder of node_modules>
import { createRequire } from "node:module";

const [port, folder] = process.argv.slice(2);
const { Server } = createRequire(`${folder}/`)("@hocuspocus/server");
await new Server({ port: Number(port), address: "127.0.0.1", quiet: true }).listen();
