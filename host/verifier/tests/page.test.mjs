// The page that verifies bundles, in Chromium, from a file and without a network.
import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {pathToFileURL} from "node:url";
import {launch} from "../../../tests/browser/chromium.mjs";
import {Site} from "../../../tests/browser/site.mjs";

const require = createRequire(new URL("../../../tests/browser/site.mjs", import.meta.url));
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const {SORTIE, PAGE} = process.env;

const WAITING = {
  id: "release",
  steps: [
    {id: "count", kind: "runtime", payload: {operation: "core/set", path: "/total", value: 5}},
    {id: "ship", kind: "human", payload: {description: "Ship it?", choices: ["ship", "hold"]}},
    {id: "record", kind: "runtime", payload: {operation: "core/append", path: "/log", value: "decided"}},
  ],
};

// A question alone: no plugin has to be compiled to run it again.
const ASKING = {id: "asking", steps: [WAITING.steps[1]]};

// The private key of RFC 8410, section 10.
const KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`;

// What OpenSSH writes of its public half, and of another.
const ANN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIolzMr/rgf8FBXOGkcuJnF92Go2CtazF9I8WDZkXDCY";

let folder, browser, page, requests;

function sortie(...command) {
  const ended = spawnSync(SORTIE, [...command, "--format", "json"], {encoding: "utf8", cwd: folder});
  assert.ok(ended.stdout, `sortie ${command.join(" ")}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}

/** A bundle in a file, and what it has. */
function bundle(name) {
  return {file: join(folder, name), read: () => JSON.parse(readFileSync(join(folder, name), "utf8"))};
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sortie-verifier-"));
  const write = (name, value) => writeFileSync(join(folder, name), JSON.stringify(value));
  write("waiting.json", WAITING);
  write("state.json", {log: [], total: 0});
  write("tasks.json", {tasks: [{uuid: "11111111-1111-4111-8111-111111111111", id: 1, description: "Write the release notes",
    status: "pending", entry: "20260101T000000Z", due: "20260109T000000Z", priority: "H"}]});
  write("failing.json", {id: "failing", steps: [{id: "stop", kind: "runtime", payload: {operation: "core/fail", reason: "no"}}]});
  sortie("run", "daily_loop", "--param", "today=2026-01-08", "--mode", "mark", "--state", "tasks.json", "--bundle", "daily.json");
  sortie("exec", "failing.json", "--bundle", "failed.json");
  const journal = ["--journal", "journal.sqlite"];
  const {run} = sortie("exec", "waiting.json", "--state", "state.json", "--mode", "pause", ...journal);
  sortie("inbox", "answer", run, "--value", "ship", ...journal);
  // With what it says, the file is written.
  spawnSync(SORTIE, ["inbox", "bundle", run, "decided.json", ...journal], {cwd: folder});
  writeFileSync(join(folder, "key.pem"), KEY);
  write("asking.json", ASKING);
  for (const [file, ...signing] of [["signed.json", "--sign", "key.pem"], ["unsigned.json"]]) {
    const asked = sortie("exec", "asking.json", "--mode", "pause", ...journal).run;
    sortie("inbox", "answer", asked, "--value", "ship", "--actor", "ann", ...signing, "--bundle", file, ...journal);
  }
  browser = await launch();
  const context = await browser.newContext({reducedMotion: "reduce"});
  context.setDefaultTimeout(120_000);
  await context.setOffline(true);
  page = await context.newPage();
  page.faults = [];
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  page.on("pageerror", (error) => page.faults.push(String(error)));
  requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(PAGE).href);
  await page.locator("#files:enabled").waitFor();
});

after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true, force: true});
});

/** Gives the page a file, and reads what it says of it. */
async function verify(file) {
  const before = await page.locator("article").count();
  await page.setInputFiles("#files", file);
  await page.locator("article").nth(before).waitFor();
  const article = page.locator("article").first();
  return {verified: await article.getAttribute("data-verified"), text: await article.innerText()};
}

for (const name of ["daily.json", "failed.json", "decided.json"]) {
  test(`the bundle ${name} is verified, with the hash that the command gave`, async () => {
    const {file, read} = bundle(name);
    const {verified, text} = await verify(file);
    assert.equal(verified, "true", text);
    assert.ok(text.includes(read().result.receipt.result_hash), text);
  });
}

test("who decided is shown as the bundle says it, and is not checked without keys", async () => {
  const signed = await verify(join(folder, "signed.json"));
  assert.equal(signed.verified, "true", signed.text);
  assert.match(signed.text, /ann at 2\S+Z, signed, and not checked/);
  const {text} = await verify(join(folder, "unsigned.json"));
  assert.match(text, /at 2\S+Z, not signed/);
});

test("who decided and when cannot be altered unnoticed, signed or not", async () => {
  const altered = bundle("unsigned.json").read();
  altered.result.receipt.audit[0].at = "2020-01-01T00:00:00.000Z";
  writeFileSync(join(folder, "altered-audit.json"), JSON.stringify(altered));
  const {verified, text} = await verify(join(folder, "altered-audit.json"));
  assert.equal(verified, "false", text);
  assert.match(text, /comes out the same, but who decided and when was altered/);
  const {audit_hash: _, ...before} = bundle("unsigned.json").read();
  writeFileSync(join(folder, "before.json"), JSON.stringify({...before, schema_version: "bundle@2"}));
  const read = await verify(join(folder, "before.json"));
  assert.equal(read.verified, "true", read.text);
  assert.match(read.text, /no hash covers what the bundle says of who decided and when/);
});

/** Gives the page allowed signers as text, and waits for what it says of them. */
async function trust(text, expected) {
  await page.locator("details").evaluate((details) => { details.open = true; });
  // What the page says of the next is then not what it said of those before.
  await page.locator("#signers_state").evaluate((state) => { state.textContent = ""; });
  await page.locator("#signers").fill(text);
  await page.locator("#signers").dispatchEvent("change");
  await page.locator("#signers_state", {hasText: expected}).waitFor();
}

const ONLY_THESE = "only if these people signed";

test("an answer is proved by the key of who gave it, and by no other", async () => {
  await trust(`ann ${ANN}\n`, ONLY_THESE);
  const signed = await verify(join(folder, "signed.json"));
  assert.equal(signed.verified, "true", signed.text);
  assert.match(signed.text, /allowed people signed its answers/);
  assert.match(signed.text, /✓ ann at 2\S+Z, signed with the key SHA256:/);
  const unsigned = await verify(join(folder, "unsigned.json"));
  assert.equal(unsigned.verified, "false", unsigned.text);
  assert.match(unsigned.text, /not proved: nobody signed it/);
  const nobody = await verify(join(folder, "failed.json"));
  assert.equal(nobody.verified, "true", nobody.text);
  for (const [name, told] of [[`bob ${ANN}`, /is a key of `bob` and not of `ann`/], [`ann ${OTHER}`, /belongs to no allowed signer/],
    [`ann namespaces="git" ${ANN}`, /may not sign in the namespace/]]) {
    await trust(`${name}\n`, ONLY_THESE);
    const {verified, text} = await verify(join(folder, "signed.json"));
    assert.equal(verified, "false", text);
    assert.match(text, told);
  }
});

test("a signature of something else proves nothing", async () => {
  await trust(`ann ${ANN}\n`, ONLY_THESE);
  const altered = bundle("signed.json").read();
  const decided = altered.result.receipt.audit.find((entry) => entry.event === "decided");
  decided.comment = "gladly";
  writeFileSync(join(folder, "commented.json"), JSON.stringify(altered));
  const {verified, text} = await verify(join(folder, "commented.json"));
  assert.equal(verified, "false", text);
  assert.match(text, /signed something else/);
});

test("a passkey's signature is checked, as that of a key in a file", async () => {
  const {line, file} = await signedByPasskey();
  await trust(`${line}\n`, ONLY_THESE);
  const proved = await verify(file);
  assert.equal(proved.verified, "true", proved.text);
  assert.match(proved.text, /✓ ann at 2\S+Z, signed with the key SHA256:/);
  await trust(`ann ${ANN}\n`, ONLY_THESE);
  const other = await verify(file);
  assert.equal(other.verified, "false", other.text);
  assert.match(other.text, /belongs to no allowed signer/);
});

/** A bundle whose answer was signed on the page of a server, by the virtual authenticator of Chromium, and the line for its key. */
async function signedByPasskey() {
  const site = await Site.open({passkeys: true, host: "localhost"});
  try {
    const inbox = await site.page();
    const session = await site.context.newCDPSession(inbox);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {options: {protocol: "ctap2", transport: "internal",
      hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true}});
    await inbox.goto(`${site.origin}/passkeys`);
    await inbox.getByLabel("Name").fill("Laptop");
    await inbox.getByRole("button", {name: "Add a passkey"}).click();
    await inbox.waitForURL("**/passkeys?notice=added");
    const line = await inbox.locator("details pre").textContent();
    const run = site.start(ASKING, {});
    await inbox.goto(`${site.origin}/runs/${run}`);
    await inbox.getByRole("button", {name: "Sign and decide: ship"}).click();
    await inbox.waitForURL(`**/runs/${run}?notice=decided`);
    const file = join(folder, "passkey.json");
    writeFileSync(file, await inbox.evaluate(async (path) => (await fetch(path)).text(), `/runs/${run}/bundle`));
    return {line, file};
  } finally {
    await site.close();
  }
}

test("allowed signers are taken from a file, and what cannot be read is told", async () => {
  writeFileSync(join(folder, "allowed_signers"), `ann ${ANN}\n`);
  await page.locator("#signers_state").evaluate((state) => { state.textContent = ""; });
  await page.setInputFiles("#signers_file", join(folder, "allowed_signers"));
  await page.locator("#signers_state", {hasText: ONLY_THESE}).waitFor();
  assert.equal(await page.locator("#signers").inputValue(), `ann ${ANN}\n`);
  await trust("ann\n", "cannot be read");
  assert.match(await page.locator("#signers_state").innerText(), /line 1 of the allowed signers/);
  const unchecked = await verify(join(folder, "signed.json"));
  assert.match(unchecked.text, /signed, and not checked/);
  await trust("", "Nobody's keys are given");
});

const ALTERED = {
  "an altered decision": ["decided.json", (bundle) => { bundle.result.decisions.ship.value = "hold"; }, "/decisions"],
  "an altered question": ["decided.json", (bundle) => { bundle.result.executed_steps[1].payload.description = "Hold it?"; }, "/executed_steps/1/payload/description"],
  "altered fuel": ["daily.json", (bundle) => { bundle.result.receipt.fuel -= 1; }, "/receipt"],
  "an altered state": ["failed.json", (bundle) => { bundle.result.final_state.planted = true; }, "/final_state/planted"],
  "an altered plugin": ["failed.json", (bundle) => { bundle.plugins[0].file = `${bundle.plugins[0].file.slice(0, -8)}AAAAAAA=`; }, "bundle_damaged"],
};

for (const [name, [of, alter, told]] of Object.entries(ALTERED)) {
  test(`${name} is told`, async () => {
    const value = bundle(of).read();
    alter(value);
    const file = join(folder, "altered.json");
    writeFileSync(file, JSON.stringify(value));
    const {verified, text} = await verify(file);
    assert.equal(verified, "false", text);
    assert.ok(text.includes(told), text);
  });
}

test("what is no bundle is told, and text of others cannot act", async () => {
  const file = join(folder, "<img src=x onerror=alert(1)>.json");
  for (const content of ["{", "[1]", '{"schema_version": "bundle@9"}']) {
    writeFileSync(file, content);
    const {verified, text} = await verify(file);
    assert.equal(verified, "false");
    assert.ok(text.includes("bundle_damaged"), text);
  }
  assert.equal(await page.locator("article img").count(), 0);
});

test("a bundle of 64 MiB is read and one that is larger is not", async () => {
  const file = join(folder, "large.json");
  const told = async (bytes) => {
    writeFileSync(file, Buffer.alloc(bytes, " "));
    const {verified, text} = await verify(file);
    assert.equal(verified, "false");
    assert.ok(text.includes("bundle_damaged"), text);
    return text;
  };
  const most = 64 * 1024 * 1024;
  assert.ok(!(await told(most)).includes("may have 64 MiB"));
  assert.ok((await told(most + 1)).includes("may have 64 MiB"));
});

test("a bundle cannot raise its limits", async () => {
  const limited = async (fuel) => {
    const value = bundle("failed.json").read();
    value.result.receipt.limits.fuel_per_call = fuel;
    const file = join(folder, "limits.json");
    writeFileSync(file, JSON.stringify(value));
    const {verified, text} = await verify(file);
    assert.equal(verified, "false");
    return text;
  };
  // What it may have is run, and is not what was recorded.
  assert.ok(!(await limited(10_000_000_000)).includes("limit_too_great"));
  assert.ok((await limited(10_000_000_001)).includes("limit_too_great"));
});

test("nothing was asked of a network, no policy was broken, and a screen reader has all", async () => {
  assert.deepEqual(requests.filter((url) => !/^(file|blob):/.test(url)), []);
  assert.deepEqual(page.faults, []);
  await page.evaluate(AXE);
  const {violations} = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({id}) => id), []);
});
