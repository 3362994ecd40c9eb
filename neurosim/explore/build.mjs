// Build explore.js from src/*.ts, or, with --check, compare it with its sources.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const sources = readdirSync("src").filter((name) => name.endsWith(".ts")).sort();
const hash = createHash("sha256");
for (const name of sources) hash.update(`${name}\n`).update(readFileSync(`src/${name}`));
const result = await build({
  entryPoints: ["src/main.ts"],
  bundle: true,
  charset: "utf8",
  format: "iife",
  legalComments: "none",
  minify: true,
  target: "es2020",
  write: false,
  banner: { js: `/* Built from src/*.ts by \`npm run build\`; sources ${hash.digest("hex")} */` },
});
const built = result.outputFiles[0].text;
if (!process.argv.includes("--check")) {
  writeFileSync("explore.js", built);
} else if (readFileSync("explore.js", "utf8") !== built) {
  console.error("neurosim/explore/explore.js does not match its sources; run `npm run build` in neurosim/explore");
  process.exit(1);
}
