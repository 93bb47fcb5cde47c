/**
 * `examples/poll`: who may vote, what counts, and the page.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { connect, ConnectRefusedError } from "@urvogel/realtime/testing";
import { endpoint, tokenFor } from "../../examples/poll/poll.ts";
import { assertUsableEverywhere } from "../browser/accessibility.ts";
import { browserTest } from "../browser/chromium.ts";
import { PageProblems } from "../browser/page_problems.ts";
import { openAs } from "../browser/visitor.ts";
import { commandOf, Program } from "../support/program.ts";

Deno.test("examples/poll refuses who has no token", async () => {
  await assertRejects(() => connect(endpoint, {}), ConnectRefusedError, "missing");
  await assertRejects(() => connect(endpoint, { token: "ann" }), ConnectRefusedError, "invalid");
});

Deno.test("examples/poll counts the last vote of each person, and shows all the totals", async () => {
  await using ann = await connect(endpoint, { token: await tokenFor("ann") });
  await using bob = await connect(endpoint, { token: await tokenFor("bob") });
  const [anns, bobs] = [await ann.join("poll:lunch"), await bob.join("poll:lunch")];
  assertEquals(anns.joinReply, { totals: { Pizza: 0, Soup: 0, Salad: 0 } });
  await anns.assertReply(anns.push("vote", { option: "Soup" }), "ok");
  await anns.assertReply(anns.push("vote", { option: "Salad" }), "ok");
  await bobs.assertReply(bobs.push("vote", { option: "Salad" }), "ok");
  await bobs.assertPush("totals", { Pizza: 0, Soup: 0, Salad: 2 });
  await anns.assertReply(anns.push("vote", { option: "Steak" }), "error", { reason: "invalid payload" });
  await using again = await connect(endpoint, { token: await tokenFor("ann") });
  assertEquals((await again.join("poll:lunch")).joinReply, {
    totals: { Pizza: 0, Soup: 0, Salad: 2 },
    mine: "Salad",
  });
});

browserTest("examples/poll: two pages vote, and a page that is reloaded is still logged in", async (browser) => {
  await using program = new Program(await commandOf("examples/poll/README.md"), { PORT: "0" });
  const [, url = ""] = await program.prints(/open (http:\S+)/);
  const ann = await openAs(browser, url, "ann");
  const bob = await openAs(browser, url, "bob");
  const problems = new PageProblems(ann);
  await ann.getByRole("button", { name: "Soup 0" }).click();
  await bob.getByRole("button", { name: "Soup 1" }).click();
  for (const page of [ann, bob]) await page.getByRole("button", { name: "Soup 2", pressed: true }).waitFor();
  await ann.reload();
  await ann.getByRole("button", { name: "Soup 2", pressed: true }).waitFor();
  problems.assertNone();
  await assertUsableEverywhere(ann, "poll");

  const eve = await openAs(browser, url, "Eve & co");
  await eve.getByText("a name has 1 to 20 letters or digits").waitFor();
  await assertUsableEverywhere(eve, "poll login");
  assertEquals((await program.end("SIGTERM")).code, 0);
});
