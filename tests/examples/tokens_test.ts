import { assertEquals, assertMatch } from "@std/assert";
import { Endpoint } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { answersOf } from "../../examples/tokens/answer_channel.ts";
import { commandOf, Program } from "../support/program.ts";

Deno.test("tokens serves its page", async () => {
  await using program = new Program(await commandOf("examples/tokens/README.md"), { PORT: "0" });
  const [, url = ""] = await program.prints(/open (http:\S+)/);
  for (
    const [path, content] of [["/", /<form id="ask">/], ["/app.js", /since/], ["/phoenix.js", /LongPoll/]] as const
  ) {
    assertMatch(await (await fetch(url + path)).text(), content);
  }
});

Deno.test("tokens answers a question once, and refuses what is none", async () => {
  const prompts: string[] = [];
  async function* generate(prompt: string) {
    prompts.push(prompt);
    yield await Promise.resolve({ text: prompt });
  }
  const endpoint = new Endpoint({ sockets: { "/socket": answersOf(generate) } });
  await using client = await connect(endpoint);
  const answer = await client.join(`answer:${"0".repeat(36)}`);
  for (const payload of [{}, { prompt: 7 }, { prompt: "x".repeat(501) }, null]) {
    await answer.assertReply(answer.push("ask", payload), "error", { reason: "no question" });
  }
  await answer.assertReply(answer.push("ask", { prompt: "why?" }), "ok");
  await answer.assertPush("token", { text: "why?" });
  await answer.assertPush("token_end", { count: 1 });
  assertEquals(prompts, ["why?"]);
  await endpoint.shutdown();
});
