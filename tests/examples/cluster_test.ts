/**
 * `examples/cluster` as its README says, with each engine, and in a real browser.
 */

import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { Client } from "../../examples/cluster/client.ts";
import { assertUsableEverywhere } from "../browser/accessibility.ts";
import { browserTest, type Page } from "../browser/chromium.ts";
import { openAs } from "../browser/visitor.ts";
import { engineTest, hasEngine } from "../support/engines/binaries.ts";
import { ENGINES, startEngine } from "../support/engines/start.ts";
import { freePort } from "../support/free_port.ts";
import { commandOf, Program, taskOf } from "../support/program.ts";
import { until } from "../support/until.ts";

const START = await commandOf("examples/cluster/README.md");
const REHEARSAL = await taskOf("examples/cluster", "rehearsal");

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.keyboard.press("Enter");
}

/** Waits until an element of the page shows a text. */
async function shows(page: Page, id: string, text: string): Promise<void> {
  await page.locator(`#${id}`, { hasText: text }).waitFor();
}

for (const engine of ENGINES) {
  engineTest(engine, `examples/cluster: bob's server is killed while he talks with ann (${engine})`, async () => {
    await using bus = await startEngine(engine);
    const env = { ADAPTER: bus.url, PORT: `${freePort(3)}` };
    await using program = new Program(REHEARSAL, env);
    assertEquals((await program.ended).code, 0);
    const { stdout } = await program.output();
    const heard = Array.from(stdout.matchAll(/(ann|bob) heard (\d+) of (\d+) messages/g), ([, name, heard, of]) => {
      return { name, heard: Number(heard), of: Number(of) };
    });
    assertEquals(heard.map(({ name }) => name), ["ann", "bob", "ann", "bob", "ann", "bob"], stdout);
    for (const { heard: count, of } of heard) {
      assertEquals(count, of, stdout);
      assertGreater(count, 20, stdout);
    }
    assertMatch(stdout, /bob is back, on \d+; they see each other/);
  });
}

engineTest("nats", "examples/cluster: its servers end with it, also while they start", async () => {
  await using bus = await startEngine("nats");
  await using program = new Program(START, { ADAPTER: bus.url, PORT: `${freePort(3)}` });
  await program.prints(/server on port/); // one of three
  assertEquals((await program.end("SIGTERM")).code, 0); // its output ends with the last of them
});

// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

Deno.test("examples/cluster: people on several threads talk, without an engine", sanitize, async () => {
  const { line, cwd } = await taskOf("examples/cluster", "threads");
  const threads = { line: line.replace("serve", "serve --port 0 --host 127.0.0.1"), cwd };
  await using program = new Program(threads, { ADAPTER: "threads", DENO_JOBS: "2" });
  const [, port] = await program.prints(/http:\/\/127.0.0.1:(\d+)/);
  // Which thread a connection reaches is up to the system: of six, hardly all reach one.
  const people = Array.from({ length: 6 }, (_, index) => new Client(`person${index}`, [Number(port)], 0));
  const names = people.map(({ name }) => name);
  await until(() => people.every(({ sees }) => `${sees}` === `${names}`), "all see each other", 20_000);
  assertEquals(await people[0]!.say("hello"), true);
  await until(() => people.every(({ heard }) => heard.includes("person0: hello")), "all have heard it");
  for (const person of people) person.leave();
});

if (hasEngine("nats")) {
  browserTest("examples/cluster: two pages on two servers talk, and one server is killed", async (browser) => {
    await using bus = await startEngine("nats");
    const port = freePort(3);
    await using resources = new AsyncDisposableStack();
    const program = resources.use(new Program(START, { ADAPTER: bus.url, PORT: `${port}` }));
    resources.defer(() => program.end("SIGTERM").then(() => {})); // a kill would leave its servers behind
    await program.prints(/kill -9 one of the processes/); // all servers listen, in any order
    const [, bobs = ""] = await program.prints(new RegExp(`server on port ${port + 1}: process (\\d+)`));
    const ann = await openAs(browser, `http://localhost:${port}`, "ann");
    const bob = await openAs(browser, `http://localhost:${port + 1}`, "bob");
    for (const page of [ann, bob]) await shows(page, "people", "ann, bob");
    await say(ann, "hello from the first");
    await shows(bob, "messages", "ann: hello from the first");

    await assertUsableEverywhere(bob, "cluster");

    Deno.kill(Number(bobs), "SIGKILL");
    await shows(bob, "status", "Connection lost, trying again…");
    await say(ann, "are you there?");
    await shows(bob, "status", "Online");
    await shows(bob, "messages", "ann: are you there?");
    for (const page of [ann, bob]) await shows(page, "people", "ann, bob");
    await say(bob, "back on the second");
    await shows(ann, "messages", "bob: back on the second");
  });
}
