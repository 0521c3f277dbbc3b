// Pictures of the pages, at three widths, light and dark: `node screenshots.mjs FOLDER`.
import {mkdirSync} from "node:fs";
import {join} from "node:path";
import {Site} from "./site.mjs";

const folder = process.argv[2] ?? "screenshots";
mkdirSync(folder, {recursive: true});
const site = await Site.open();
const page = await site.page();
const waiting = site.start();
site.start({id: "budget", steps: [{id: "ask", kind: "human", payload: {description: "Approve the budget of the third quarter?", choices: ["approve", "reject"], assignees: ["ann", "bob"], expires: "40m"}}]}, {});
await page.goto(`${site.origin}/missions/daily-loop/daily_loop`);
await page.getByLabel("today").fill("2026-01-08");
await page.getByLabel("Initial state").fill(JSON.stringify({tasks: [
  {uuid: "11111111-1111-4111-8111-111111111111", id: 1, description: "Write the release notes", status: "pending", entry: "20260101T000000Z", due: "20260109T000000Z", priority: "H", project: "release"},
  {uuid: "22222222-2222-4222-8222-222222222222", id: 2, description: "Review the pull request of the parser", status: "pending", entry: "20260102T000000Z", project: "release"},
  {uuid: "33333333-3333-4333-8333-333333333333", id: 3, description: "Call the printer's shop", status: "pending", entry: "20260103T000000Z"},
]}));
await page.getByRole("button", {name: "Start"}).click();
await page.waitForURL("**notice=started");
const daily = page.url().split("?")[0];
const ended = site.start();
await page.goto(`${site.origin}/runs/${ended}`);
await page.getByRole("button", {name: "Decide: ship"}).click();
await page.waitForURL("**notice=decided");
const pages = {
  inbox: site.origin, decision: `${site.origin}/runs/${waiting}`, daily, run: `${site.origin}/runs/${ended}`,
  runs: `${site.origin}/runs`, missions: `${site.origin}/missions`, mission: `${site.origin}/missions/daily-loop/daily_loop`,
  plugins: `${site.origin}/plugins`, "sign-in": `${site.origin}/sign-in`,
};
for (const [name, url] of Object.entries(pages)) {
  for (const width of [390, 820, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({width, height: 900});
      await page.emulateMedia({colorScheme, reducedMotion: "reduce"});
      await page.goto(url);
      await page.screenshot({path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true});
    }
  }
}
await site.close();
