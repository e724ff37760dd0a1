// Looks at a report as a browser does: axe's findings, what runs off a phone's screen, and pictures of it.
//
//     npm install --no-save puppeteer-core axe-core
//     node scripts/look_at_report.mjs report.html pictures/
//
// CHROMIUM names the browser where it isn't /usr/bin/chromium. Ends with 1 where anything is found.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import puppeteer from "puppeteer-core";

const [page_file, folder] = process.argv.slice(2);
if (!folder) throw new Error("node scripts/look_at_report.mjs REPORT.html FOLDER");
mkdirSync(folder, { recursive: true });
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WIDTHS = [360, 768, 1280, 1920];
const TALL = 2400; // of one picture
let found = 0;

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage();
page.on("pageerror", (error) => (found++, console.log(`script: ${error}`)));
page.on("request", (request) => {
  if (!/^(file|data):/.test(request.url())) (found++, console.log(`asks for ${request.url()}`));
});
await page.setBypassCSP(true); // for axe alone
await page.goto(`file://${resolve(page_file)}`);

for (const scheme of ["light", "dark"]) {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const one of violations) {
      found++;
      console.log(`${width} ${scheme}: ${one.id}: ${one.help}`);
      for (const node of one.nodes.slice(0, 3)) console.log(`    ${node.target.join(" ")}`);
    }
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = false)));
    const size = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
    if (size[0] > width) (found++, console.log(`${width}: the page is ${size[0]} wide`));
    if (scheme === "dark") continue;
    for (let top = 0, part = 0; top < size[1]; top += TALL, part++) {
      const clip = { x: 0, y: top, width, height: Math.min(TALL, size[1] - top) };
      const path = `${folder}/${width}-${String(part).padStart(2, "0")}.png`;
      await page.screenshot({ path, clip, captureBeyondViewport: true });
    }
  }
}
await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
await page.pdf({ path: `${folder}/print.pdf`, format: "A4" });
await browser.close();
console.log(found ? `${found} found` : "nothing found");
process.exit(found ? 1 : 0);
