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
  // What they share is in one piece, under a name that changes with it; so is what is needed seldom (all pages, answers, keys),
  // which comes when somebody asks for it.
  await build({
    ...options,
    entryPoints: {
      room: "src/room/room.ts",
      live: "src/live/live.ts",
      outside: "src/outside/outside.ts",
      reading: "src/reading/reading.ts",
    },
    splitting: true,
    chunkNames: "room-[name]-[hash]",
  });
  // A piece of its own: in the pieces that pages share each request costs a telephone four hundred bytes of headers.
  await build({
    ...options,
    entryPoints: { companion: "src/companion/companion.ts" },
    splitting: true,
    chunkNames: "companion-[name]-[hash]",
  });
  // The board comes after the page, for those whose lesson has one.
  await build({
    ...options,
    entryPoints: { replay: "src/replay/replay.ts" },
    splitting: true,
    chunkNames: "replay-[name]-[hash]",
  });
  // For light packs, which open from a disk: there are no modules there, and no addresses.
  await build({
    ...options,
    entryPoints: { pack: "src/pack/pack.ts", pack_style: "src/styles/pack.css" },
    format: "iife",
    sourcemap: false,
    legalComments: "none",
  });
  await build({
    ...options,
    entryPoints: {
      pages: "src/pages/pages.ts",
      left_behind: "src/room/left_behind_page.ts",
      way_in: "src/pages/way_in.ts",
      connection: "src/connection/connection.ts",
      heatmap: "src/heatmap/page.ts",
      api_docs: "src/api_docs/api_docs.ts",
      app: "src/styles/app.css",
      companion_style: "src/styles/companion.css",
      board_style: "src/styles/board.css",
      live_style: "src/styles/live.css",
    },
  });
  await copyFile("src/styles/icon.svg", "dist/icon.svg");
  await copyFonts();
}

/** What DejaVu does not cover of the scripts that somebody may write on a board; whiteboard/drawing/letters.py. */
const scripts = [
  ...["bengali", "devanagari", "ethiopic", "gujarati", "gurmukhi", "kannada", "khmer"],
  ...["malayalam", "myanmar", "sinhala", "tamil", "telugu", "thai"],
];

/** The recorder, the composite and exported boards write with these; DejaVu covers Latin, Cyrillic and Arabic. */
async function copyFonts() {
  await mkdir("dist/fonts", { recursive: true });
  for (const name of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
    await copyFile(`node_modules/dejavu-fonts-ttf/ttf/${name}`, `dist/fonts/${name}`);
  }
  await copyFile("node_modules/dejavu-fonts-ttf/LICENSE", "dist/fonts/LICENSE");
  for (const script of scripts) {
    const from = `node_modules/@fontsource/noto-sans-${script}`;
    await copyFile(`${from}/files/noto-sans-${script}-${script}-400-normal.woff`, `dist/fonts/noto-sans-${script}.woff`);
  }
  await copyFile("node_modules/@fontsource/noto-sans-thai/LICENSE", "dist/fonts/LICENSE-noto-sans");
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
