// Passkeys, with the virtual authenticator of Chromium: coming in, and decisions that can be proved.
import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import {after, before, test} from "node:test";
import {Site, SORTIE} from "./site.mjs";

let site;
let page;
let keys;

before(async () => {
  site = await Site.open({passkeys: true, host: "localhost"});
  page = await site.page();
  const session = await site.context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = {protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true};
  const {authenticatorId} = await session.send("WebAuthn.addVirtualAuthenticator", {options});
  keys = {verified: (isUserVerified) => session.send("WebAuthn.setUserVerified", {authenticatorId, isUserVerified})};
});
after(async () => { await site?.close(); });

const verify = (file) => {
  const done = spawnSync(SORTIE, ["verify", file, "--signers", join(site.folder, "signers"), "--format", "json"], {encoding: "utf8"});
  return {code: done.status, ...JSON.parse(done.stdout)};
};

test("a passkey is registered, and lets its owner in after they went out", async () => {
  await page.goto(`${site.origin}/passkeys`);
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", {name: "Add a passkey"}).click();
  await page.waitForURL("**/passkeys?notice=added");
  assert.deepEqual(await site.accessibility(page), []);
  const line = await page.locator("details pre").textContent();
  assert.match(line, /^"ann" namespaces="sortie-decision" sk-ecdsa-sha2-nistp256@openssh.com AAAA/);
  writeFileSync(join(site.folder, "signers"), `${line}\n`);
  await page.getByRole("button", {name: "Sign out"}).click();
  await page.waitForURL("**/sign-in");
  assert.deepEqual(await site.accessibility(page), []);
  await page.getByRole("button", {name: "Sign in with a passkey"}).click();
  await page.waitForURL(`${site.origin}/`);
  assert.match(await page.locator(".who").textContent(), /ann/);
  assert.deepEqual(page.faults, []);
});

test("a decision that is signed on its page is proved offline, and nothing of it can be altered", async () => {
  const run = site.start();
  await page.goto(`${site.origin}/runs/${run}`);
  assert.deepEqual(await site.accessibility(page), []);
  await page.getByLabel("Comment").fill("at last");
  await page.getByRole("button", {name: "Sign and decide: ship"}).click();
  await page.waitForURL(`**/runs/${run}?notice=decided`);
  const bundle = await page.evaluate(async (path) => (await fetch(path)).json(), `/runs/${run}/bundle`);
  const file = join(site.folder, "bundle.json");
  writeFileSync(file, JSON.stringify(bundle));
  const proved = verify(file);
  assert.deepEqual([proved.code, proved.decisions[0].signed[0].actor], [0, "ann"]);
  const alter = (change) => {
    const altered = structuredClone(bundle);
    change(altered.result.receipt.audit.find((entry) => entry.signature));
    writeFileSync(file, JSON.stringify(altered));
    const {code, decisions} = verify(file);
    assert.deepEqual([code, typeof decisions[0].fault], [1, "string"], String(change));
  };
  alter((entry) => { entry.comment = "never"; });
  alter((entry) => { entry.actor = "bob"; });
  alter((entry) => { entry.signature.signed_at = "2020-01-01T00:00:00.000Z"; });
  alter((entry) => { entry.question_hash = "0".repeat(64); });
  alter((entry) => { entry.signature = null; });
  const {signature, question_hash} = bundle.result.receipt.audit.find((entry) => entry.signature);
  checkedByOpenSsh(signature, {
    actor: "ann", comment: "at last", question_hash, run, schema_version: "decision_statement@1",
    signed_at: signature.signed_at, step: "ship", value: "ship",
  });
  assert.deepEqual(page.faults, []);
});

/** Another tool comes to the same. */
function checkedByOpenSsh(signature, statement) {
  const file = join(site.folder, "signature");
  writeFileSync(file, signature.text);
  const check = (input) => spawnSync("ssh-keygen", [
    "-Y", "verify", "-f", join(site.folder, "signers"), "-I", "ann", "-n", "sortie-decision", "-s", file,
  ], {input, encoding: "utf8"});
  const right = check(JSON.stringify(statement));
  if (right.error) return;
  assert.equal(right.status, 0, right.stderr);
  assert.notEqual(check(JSON.stringify({...statement, value: "hold"})).status, 0);
}

test("whoever does not confirm it decides nothing, and is told", async () => {
  const run = site.start();
  await keys.verified(false);
  await page.goto(`${site.origin}/runs/${run}`);
  await page.getByRole("button", {name: "Sign and decide: ship"}).click();
  await page.getByText("The passkey was not used: nothing was done.").waitFor();
  assert.equal(site.show(run).status, "waiting");
  await keys.verified(true);
});

test("what was signed is not taken twice", async () => {
  const run = site.start();
  await page.goto(`${site.origin}/runs/${run}`);
  let sent;
  page.on("request", (request) => { if (request.url().endsWith("/signed")) sent = request.postData(); });
  await page.getByRole("button", {name: "Sign and decide: hold"}).click();
  await page.waitForURL(`**/runs/${run}?notice=decided`);
  const again = await page.evaluate(async ([path, body]) => {
    const headers = {"content-type": "application/x-www-form-urlencoded"};
    return (await fetch(path, {method: "POST", headers, body})).status;
  }, [`/runs/${run}/signed`, sent]);
  assert.equal(again, 422);
});

test("at an address that is no name, nothing asks for a passkey", async () => {
  const elsewhere = await site.page();
  await elsewhere.goto(`${site.origin.replace("localhost", "127.0.0.1")}/sign-in`);
  assert.equal(await elsewhere.getByRole("button", {name: "Sign in with a passkey"}).isVisible(), false);
  assert.deepEqual(elsewhere.faults.filter((fault) => !fault.startsWith("http://127.0.0.1")), []);
});
