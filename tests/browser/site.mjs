// A `sortie serve` of its own, with runs that wait, and a browser.
import {spawn, spawnSync} from "node:child_process";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createRequire} from "node:module";
import {readFileSync} from "node:fs";
import {launch} from "./chromium.mjs";

export const SORTIE = process.env.SORTIE ?? "sortie";
/** The engine that drives the runs, `restate://…`; without one, they are in a journal: this one, or a file of the site's own. */
const ENGINE = process.env.SORTIE_TEST_ENGINE;
const JOURNAL = process.env.SORTIE_TEST_JOURNAL;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A question with two answers that lead to different states, and a table to look at. */
export const RELEASE = {
  id: "release",
  steps: [
    {id: "collect", kind: "runtime", payload: {operation: "core/set", path: "/version", value: "2.4.0"}},
    {
      id: "ship", kind: "human",
      payload: {
        description: "Ship version 2.4.0 to everybody?", context: "/changes", choices: ["ship", "hold"],
        default: "hold", expires: "2h", on_expiry: "default",
      },
    },
    {id: "record", kind: "runtime", payload: {operation: "core/append", path: "/log", value: "2.4.0 was decided"}},
  ],
};

export const STATE = {log: [], changes: ["Fixes the crash on empty input", "Twice as fast with large lists"]};

/** What a program says, as JSON. */
function said(program, command) {
  const {error, status, stdout, stderr} = spawnSync(program, command, {encoding: "utf8"});
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${program} ${command.join(" ")}: ${error ?? status}: ${stdout}${stderr}`);
  }
}

export class Site {
  /** With a file of passkeys, if that is wanted; and known by another name than its address. */
  static async open({passkeys = false, host} = {}) {
    const site = new Site();
    site.folder = mkdtempSync(join(tmpdir(), "sortie-browser-"));
    site.journal = JOURNAL ?? join(site.folder, "journal.sqlite");
    const where = ENGINE ? ["--engine", ENGINE] : ["--journal", site.journal];
    if (passkeys) where.push("--passkeys", join(site.folder, "passkeys.json"));
    site.child = spawn(SORTIE, ["serve", "--listen", "127.0.0.1:0", ...where, "--format", "json"], {
      env: {...process.env, USER: "ann"},
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise((resolve, reject) => {
      let text = "";
      site.child.stdout.on("data", (data) => {
        text += data;
        try { resolve(JSON.parse(text)); } catch { /* more is to come */ }
      });
      site.child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
    });
    const named = (url) => (host ? url.replace("127.0.0.1", host) : url);
    site.origin = named(`http://${line.address}`);
    site.entry = named(line.entry);
    site.browser = await launch();
    site.context = await site.browser.newContext({reducedMotion: "reduce"});
    // Whatever takes longer does not come.
    site.context.setDefaultTimeout(60_000);
    const page = await site.context.newPage();
    await page.goto(site.entry);
    await page.close();
    return site;
  }

  /** A page that notes what a strict policy would have blocked, and every mistake in a script. */
  async page(context = this.context) {
    const page = await context.newPage();
    page.faults = [];
    page.on("console", (message) => {
      // That a decision was not accepted is an answer, and no fault of the page.
      if (message.type() === "error" && !/status of (409|422)/.test(message.text())) page.faults.push(message.text());
    });
    page.on("pageerror", (error) => page.faults.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(this.origin) && !request.url().startsWith("data:")) page.faults.push(request.url());
    });
    return page;
  }

  /** What a screen reader, or whoever cannot see well, would stumble over. */
  async accessibility(page) {
    // By the debugger, as the page's own policy lets no script of others in.
    await page.evaluate(AXE);
    const {violations} = await page.evaluate(() => globalThis.axe.run());
    return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  }

  /** Starts a run of a workflow with the command, and gives its name once it waits. */
  start(workflow = RELEASE, state = STATE) {
    const [file, stateFile] = [join(this.folder, "workflow.json"), join(this.folder, "state.json")];
    writeFileSync(file, JSON.stringify(workflow));
    writeFileSync(stateFile, JSON.stringify(state));
    if (ENGINE) {
      const command = ["restate", "start", "--workflow", file, "--state", stateFile, "--format", "json"];
      const {run} = said(SORTIE, command);
      for (let looks = 0; looks < 100 && this.show(run).status !== "waiting"; looks += 1);
      return run;
    }
    const command = ["exec", file, "--state", stateFile, "--mode", "pause", "--journal", this.journal, "--format", "json"];
    return said(SORTIE, command).run;
  }

  /** All there is of a run, as the command shows it. */
  show(run) {
    const command = ENGINE ? ["restate", "show", run] : ["inbox", "show", run, "--journal", this.journal];
    return said(SORTIE, [...command, "--format", "json"]);
  }

  /** All there is of a run once it has ended: a decision may be driven on by somebody else, a moment later. */
  async ended(run) {
    for (let looks = 0; looks < 100; looks += 1) {
      const shown = this.show(run);
      if (shown.result) return shown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${run} does not end: ${JSON.stringify(this.show(run))}`);
  }

  async close() {
    await this.browser?.close();
    const ended = new Promise((resolve) => this.child.on("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
    rmSync(this.folder, {recursive: true, force: true});
  }
}
