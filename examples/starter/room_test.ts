import { assertEquals } from "@std/assert";
import { connect } from "@urvogel/realtime/testing";
import { room } from "./contract.ts";
import { endpoint } from "./endpoint.ts";
import { servePage } from "./page.ts";

Deno.test("a client receives what another one says", async () => {
  await using ann = await connect(endpoint, { name: "ann" });
  await using bob = await connect(endpoint, { name: "bob" });
  const [anns, bobs] = await Promise.all([ann.join(room, "room:1"), bob.join(room, "room:1")]);
  await anns.assertReply(anns.push("say", { text: "hello" }), "ok");
  await bobs.assertPush("said", { from: "ann", text: "hello" });
});

Deno.test("a client that joins receives who is there", async () => {
  await using ann = await connect(endpoint, { name: "ann" });
  const anns = await ann.join(room, "room:2");
  await anns.assertPush("presence_state", { ann: { metas: [{}] } });
});

Deno.test("the server refuses an empty message, and nobody receives it", async () => {
  await using ann = await connect(endpoint, { name: "ann" });
  const anns = await ann.join(room, "room:3");
  await anns.assertReply(anns.push("say", { text: "  " }), "error");
  await anns.refutePush("said");
});

Deno.test("the server serves the page, and nothing else", async () => {
  const page = servePage(new Request("http://localhost/"));
  assertEquals(page?.headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals((await page?.text())?.includes("/app.js"), true);
  assertEquals(servePage(new Request("http://localhost/main.ts")), undefined);
});
