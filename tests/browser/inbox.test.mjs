// The inbox and a decision, as people meet them.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";
import {Site, RELEASE} from "./site.mjs";

let site;
before(async () => { site = await Site.open(); });
after(async () => { await site?.close(); });

test("a decision by the keyboard alone has the hash that was shown beside its button", async () => {
  const run = site.start();
  const page = await site.page();
  await page.goto(site.origin);
  const press = async (name) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      // Nothing but what a key acts on: before anything has the focus, the whole page has it.
      const text = await page.evaluate(() => document.activeElement?.closest("a, button")?.textContent ?? "");
      if (text.includes(name)) return;
    }
    assert.fail(`no key leads to ${name}`);
  };
  await press("Ship version 2.4.0");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/runs/${run}`);
  const shown = await page.locator(".choice", {has: page.locator("h3", {hasText: /^ship/})}).locator(".hash").getAttribute("title");
  await press("Decide: ship");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/runs/${run}?notice=decided`);
  assert.match(await page.locator(".notice").textContent(), /Your decision is recorded/);
  const {result} = await site.ended(run);
  assert.equal(result.receipt.result_hash, shown);
  assert.equal(result.receipt.audit[0].actor, "ann");
  assert.deepEqual(page.faults, []);
});

test("a second click, the way back and another tab are told what stands", async () => {
  const run = site.start();
  const [one, two] = [await site.page(), await site.page()];
  await one.goto(`${site.origin}/runs/${run}`);
  await two.goto(`${site.origin}/runs/${run}`);
  await one.getByRole("button", {name: "Decide: ship"}).click();
  await one.waitForURL("**notice=decided");
  await two.getByRole("button", {name: "Decide: hold"}).click();
  await two.waitForLoadState();
  assert.match(await two.locator(".notice").first().textContent(), /another decision stands, made by ann/);
  await one.goBack();
  // The page is never kept, so that going back shows how the run stands now.
  assert.equal(await one.getByRole("button", {name: "Decide: ship"}).count(), 0);
  const again = await site.page();
  await again.goto(`${site.origin}/runs/${run}`);
  assert.equal(await again.locator("form[action$=decide]").count(), 0);
  assert.equal((await site.ended(run)).result.decisions.ship.value, "ship");
});

test("a double click decides once", async () => {
  const run = site.start();
  const page = await site.page();
  await page.goto(`${site.origin}/runs/${run}`);
  await page.getByRole("button", {name: "Decide: ship"}).dblclick();
  // Not by its address: the second click aborts the first's way there.
  await page.locator(".notice", {hasText: "recorded"}).first().waitFor();
  const decided = site.show(run).events.filter((event) => event.kind === "decided");
  assert.equal(decided.length, 1);
});

test("a session that has ended leads to the sign-in, and decides nothing", async () => {
  const run = site.start();
  const page = await site.page();
  await page.goto(`${site.origin}/runs/${run}`);
  const cookies = await site.context.cookies();
  await site.context.clearCookies();
  await page.getByRole("button", {name: "Decide: ship"}).click();
  await page.waitForURL("**/sign-in");
  assert.equal(site.show(run).status, "waiting");
  await site.context.addCookies(cookies);
});

test("the inbox shows what comes and goes by itself", async () => {
  const here = site.start();
  const page = await site.page();
  await page.goto(site.origin);
  await page.locator(`#wait-${here}`).focus();
  const run = site.start({...RELEASE, steps: [
    {id: "ask", kind: "human", payload: {description: "Is this new?", expires: 9}},
  ]});
  await page.getByText("Is this new?").waitFor({timeout: 15000});
  // Whoever goes through it by the keyboard stays where they were.
  assert.equal(await page.evaluate(() => document.activeElement?.id), `wait-${here}`);
  // Nobody answers: it ends by itself, and leaves.
  await page.getByText("Is this new?").waitFor({state: "detached", timeout: 20000});
  // It is gone when the wait has ended, and the run ends just after that.
  const {result} = await site.ended(run);
  assert.equal(result.error_code, "expired");
  assert.deepEqual(page.faults, []);
});

test("everything works without any script", async () => {
  const context = await site.browser.newContext({javaScriptEnabled: false});
  await context.addCookies(await site.context.cookies());
  const run = site.start({...RELEASE, steps: [
    {id: "ask", kind: "human", payload: {description: "How many?", schema: {
      type: "object", properties: {count: {type: "integer", minimum: 1, maximum: 5}, note: {type: "string"}}, required: ["count"],
    }}},
    {id: "keep", kind: "runtime", payload: {operation: "core/set", path: "/kept", value: 1}},
  ]});
  const page = await context.newPage();
  await page.goto(`${site.origin}/runs/${run}`);
  await page.getByLabel("count").fill("3");
  await page.getByRole("button", {name: "Preview"}).first().click();
  await page.getByText("Then the mission is done.").waitFor();
  assert.equal(await page.getByLabel("count").inputValue(), "3");
  const shown = await page.locator(".ahead .hash").first().getAttribute("title");
  await page.getByRole("button", {name: "Decide: Your answer"}).click();
  await page.waitForURL("**notice=decided");
  assert.equal((await site.ended(run)).result.receipt.result_hash, shown);
  await context.close();
});

test("a preview with a script keeps the page and what was written", async () => {
  const run = site.start({...RELEASE, steps: [
    {id: "ask", kind: "human", payload: {description: "How many?", schema: {
      type: "object", properties: {count: {type: "integer", minimum: 1, maximum: 5}}, required: ["count"],
    }}},
    {id: "keep", kind: "runtime", payload: {operation: "core/set", path: "/kept", value: 1}},
  ]});
  const page = await site.page();
  await page.goto(`${site.origin}/runs/${run}`);
  await page.getByLabel("count").fill("4");
  await page.getByRole("button", {name: "Preview"}).first().click();
  await page.getByText("Then the mission is done.").waitFor();
  assert.equal(await page.getByLabel("count").inputValue(), "4");
  assert.ok(page.url().endsWith(`/runs/${run}`));
  assert.deepEqual(page.faults, []);
});

test("no page has what a screen reader stumbles over, in light or dark, and none wants what its policy forbids", async () => {
  const [waiting, ended] = [site.start(), site.start()];
  for (const colorScheme of ["light", "dark"]) {
    const page = await site.page();
    await page.emulateMedia({colorScheme, reducedMotion: "reduce"});
    await page.goto(`${site.origin}/runs/${ended}`);
    const button = page.getByRole("button", {name: "Decide: hold"});
    if (await button.count()) await button.click();
    for (const path of ["/", "/runs", `/runs/${waiting}`, `/runs/${ended}`, "/missions", "/missions/daily-loop/daily_loop", "/plugins", "/passkeys", "/sign-in", "/none"]) {
      await page.goto(site.origin + path);
      assert.deepEqual(await site.accessibility(page), [], `${path} (${colorScheme})`);
      assert.deepEqual(page.faults.filter((fault) => !fault.includes("404")), [], path);
    }
    await page.close();
  }
});

test("on a narrow screen all of a table that a step displays is within it, with the columns' names", async () => {
  const page = await site.page();
  await page.goto(`${site.origin}/missions/daily-loop/daily_loop`);
  await page.getByLabel("today").fill("2026-01-08");
  const task = {uuid: "11111111-1111-4111-8111-111111111111", description: "Review the pull request of the parser", status: "pending", entry: "20260101T000000Z", due: "20260109T000000Z", project: "release"};
  await page.getByLabel("Initial state").fill(JSON.stringify({tasks: [task]}));
  await page.getByRole("button", {name: "Start"}).click();
  await page.waitForURL("**notice=started");
  await page.setViewportSize({width: 360, height: 740});
  const table = page.locator(".question .display table");
  assert.equal(await table.evaluate((it) => it.parentElement.scrollWidth <= it.parentElement.clientWidth), true);
  const cell = table.getByRole("cell", {name: task.description});
  assert.equal(await cell.isVisible(), true);
  assert.equal(await cell.evaluate((it) => getComputedStyle(it, "::before").content), '"task"');
  assert.deepEqual(await site.accessibility(page), []);
  assert.deepEqual(page.faults, []);
});

test("text of plugins and people is text, wherever it stands", async () => {
  const evil = [
    "<script>window.hit = 1</script>", "\"><img src=x onerror=window.hit=1>", "</textarea><script>window.hit = 1</script>",
    "<div hx-get=/api/v1/runs hx-trigger=load>", "javascript:window.hit=1", "<style>*{display:none}</style>",
  ];
  const page = await site.page();
  for (const text of evil) {
    const run = site.start({id: "evil", steps: [
      {id: "set", kind: "runtime", payload: {operation: "core/set", path: "/evil", value: {[text]: text}}},
      {id: text, kind: "human", payload: {
        description: text, context: "/evil", choices: [text, "other"], assignees: [text, "ann"],
      }},
      {id: "form", kind: "human", payload: {schema: {type: "object", properties: {[text]: {type: "string", default: text, description: text}}}}},
    ]});
    await page.goto(site.origin);
    await page.goto(`${site.origin}/runs/${run}`);
    await page.getByLabel("Comment").first().fill(text);
    await page.getByRole("button", {name: "Decide:"}).first().click();
    await page.waitForURL("**notice=decided");
    await page.getByRole("button", {name: "Preview"}).first().click();
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate(() => globalThis.hit), undefined, text);
    assert.equal(await page.locator("img, main script, main style").count(), 0, text);
  }
  assert.deepEqual(page.faults, []);
});
