import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { natsAdapter } from "@urvogel/realtime/nats";
import { decodeStateEntry, encodeStateEntry } from "../../../lib/adapters/nats/owners/_state_entry.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { NotingNode } from "./noting_node.ts";

const TOKEN = 1_790_000_000_000_000n;
const RIGHTS = ["$JS.API.STREAM.INFO.*", "$JS.API.STREAM.CREATE.*", "$JS.API.STREAM.MSG.GET.*"];

Deno.test("decodeStateEntry() reads what encodeStateEntry() wrote, and refuses everything else", () => {
  for (const state of [undefined, null, { a: [1] }, new Uint8Array([1, 2])]) {
    const entry = { token: TOKEN, state };
    assertEquals(decodeStateEntry(JSON.parse(JSON.stringify(encodeStateEntry(entry)))), entry);
  }
  for (const value of [undefined, null, 1, {}, { token: 1 }, { token: "-1" }, { token: "1".repeat(31) }]) {
    assertThrows(() => decodeStateEntry(value), TypeError, "malformed");
  }
});

engineTest("nats", "natsAdapter().store needs no other rights than those that are documented", async () => {
  const credentials = { user: "app", password: "right" };
  const permissions = { publish: ["urvogel.>", ...RIGHTS], subscribe: ["urvogel.>"] };
  await using engine = await startNats({ credentials, permissions });
  await using node = await NotingNode.start({ servers: engine.url });
  const { store } = node.adapter;
  assertEquals(await store.load("k", TOKEN), { status: "loaded", state: undefined });
  assertEquals(await store.save("k", 1, TOKEN), "saved");
});

engineTest("nats", "natsAdapter().store refuses a state that NATS cannot carry, and keeps the one before", async () => {
  await using engine = await startNats({ maxPayloadBytes: 65_536 });
  await using node = await NotingNode.start({ servers: engine.url });
  const { store } = node.adapter;
  await store.save("k", "before", TOKEN);
  const tooLarge = await assertRejects(() => store.save("k", "x".repeat(70_000), TOKEN), Error);
  assertEquals(
    /^Cannot save the state of "k": NATS at \S+ .*max.?payload/i.test(tooLarge.message),
    true,
    tooLarge.message,
  );
  assertEquals(await store.load("k", TOKEN), { status: "loaded", state: "before" });
});

engineTest(
  "nats",
  "natsAdapter().store does not replace what it cannot read, and outlives a deleted stream",
  async () => {
    await using engine = await startNats();
    await using node = await NotingNode.start({ servers: engine.url });
    const { store } = node.adapter;
    const client = await connect({ servers: engine.url });
    const { streams } = await jetstreamManager(client);
    await store.save("k", 1, TOKEN);
    client.publish("urvogel.o.d.aw", "{}");
    await client.flush();
    for (const ask of [() => store.load("k", TOKEN), () => store.save("k", 2, TOKEN)]) {
      await assertRejects(ask, Error, "the entry is malformed");
    }
    await streams.delete("urvogel_o_d");
    await assertRejects(() => store.save("k", 3, TOKEN), Error, "stream not found");
    assertEquals(await store.save("k", 4, TOKEN), "saved");
    assertEquals(await store.load("k", TOKEN), { status: "loaded", state: 4 });
    await client.close();
  },
);

Deno.test("NatsStore names the cure when no PubSub has started its adapter", async () => {
  const { store } = natsAdapter({ servers: "nats://127.0.0.1:1" });
  await assertRejects(() => store.load("a", 1n), TypeError, "no PubSub has started the store's adapter");
});
