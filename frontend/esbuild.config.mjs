// `node esbuild.config.mjs` writes dist/ (WhiteNoise hashes the names); `--tests` bundles the tests for node.
import { build } from "esbuild";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";

const forTests = process.argv.includes("--tests");

async function buildPages() {
  await rm("dist", { recursive: true, force: true });
  const options = {
    outdir: "dist",
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    target: ["es2022", "chrome100", "firefox102", "safari15.4"],
    legalComments: "linked",
    logLevel: "warning",
  };
  // What the room needs seldom (all pages, answers, keys) comes when somebody asks for it, under names that change with it.
  await build({ ...options, entryPoints: { room: "src/room/room.ts" }, splitting: true, chunkNames: "room-[name]-[hash]" });
  await build({
    ...options,
    entryPoints: {
      replay: "src/replay/replay.ts",
      pages: "src/pages/pages.ts",
      connection: "src/connection/connection.ts",
      api_docs: "src/api_docs/api_docs.ts",
      app: "src/styles/app.css",
    },
  });
  await copyFile("src/styles/icon.svg", "dist/icon.svg");
  await copyFonts();
}

/** The recorder and the composite write names with this font, which covers Latin, Cyrillic and Arabic. */
async function copyFonts() {
  await mkdir("dist/fonts", { recursive: true });
  await copyFile("node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf", "dist/fonts/DejaVuSans.ttf");
  await copyFile("node_modules/dejavu-fonts-ttf/LICENSE", "dist/fonts/LICENSE");
}

async function buildTests() {
  await rm("var/tests", { recursive: true, force: true });
  const tests = (await readdir("tests")).filter((name) => name.endsWith(".test.ts"));
  await build({
    entryPoints: tests.map((name) => `tests/${name}`),
    outdir: "var/tests",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    sourcemap: "inline",
    logLevel: "warning",
  });
}

await (forTests ? buildTests() : buildPages());
