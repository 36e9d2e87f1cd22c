// y-websocket's own server, kept in memory: node y_websocket.mjs <port> <folder of node_modules>
import { createRequire } from "node:module";

const [port, folder] = process.argv.slice(2);
process.env.HOST = "127.0.0.1";
process.env.PORT = port;
createRequire(`${folder}/`)("./node_modules/y-websocket/bin/server.cjs");
