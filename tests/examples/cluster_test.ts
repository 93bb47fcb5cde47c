/**
 * `examples/cluster` as its README says, with each engine, and in a real browser.
 */

import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { ChatPage } from "../browser/chat_page.ts";
import { browserTest } from "../browser/chromium.ts";
import { engineTest, hasEngine } from "../support/engines/binaries.ts";
import { ENGINES, startEngine } from "../support/engines/start.ts";
import { freePort } from "../support/free_port.ts";
import { Program } from "../support/program.ts";

const RUN = "deno run --quiet --allow-net --allow-env --allow-run";

for (const engine of ENGINES) {
  engineTest(engine, `examples/cluster: bob's server is killed while he talks with ann (${engine})`, async () => {
    await using bus = await startEngine(engine);
    const env = { ADAPTER: bus.url, PORT: `${freePort(3)}` };
    await using program = new Program(`${RUN} examples/cluster/rehearsal.ts`, env);
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

if (hasEngine("nats")) {
  browserTest("examples/cluster: two pages on two servers talk, and one server is killed", async (browser) => {
    await using bus = await startEngine("nats");
    const port = freePort(3);
    await using program = new Program(`${RUN} examples/cluster/main.ts`, { ADAPTER: bus.url, PORT: `${port}` });
    const [, bobs = ""] = await program.prints(new RegExp(`server on port ${port + 1}: process (\\d+)`));
    const ann = await ChatPage.open(browser, `http://localhost:${port}`, "ann");
    const bob = await ChatPage.open(browser, `http://localhost:${port + 1}`, "bob");
    for (const page of [ann, bob]) await page.seesPeople("ann", "bob");
    await ann.says("hello from the first");
    await bob.reads("hello from the first");

    Deno.kill(Number(bobs), "SIGKILL");
    await bob.shows("Connection lost, trying again…");
    await ann.says("are you there?");
    await bob.shows("Back online");
    await bob.reads("are you there?");
    for (const page of [ann, bob]) await page.seesPeople("ann", "bob");
    await bob.says("back on the second");
    await ann.reads("back on the second");
    await program.end("SIGTERM");
  });
}
