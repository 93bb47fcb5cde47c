import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { GenServer, KeyedServers, reply } from "@urvogel/realtime";
import { pass, passUntil, startNodes } from "../support/keyed_nodes.ts";

Deno.test("calls that a server has when its node stops are handled, and get their replies", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  class Gate extends GenServer<number, { calls: { pass(): number } }> {
    override init() {
      return 0;
    }
    override handleCall = this.calls({
      pass: async (passed) => {
        await opened;
        return reply(passed + 1, passed + 1);
      },
    });
  }
  const [a, b] = cluster.nodes.map(({ pubsub, supervisor }) => new KeyedServers(Gate, { pubsub, supervisor })) as [
    KeyedServers<typeof Gate>,
    KeyedServers<typeof Gate>,
  ];
  await a.ensure("7");
  const gate = await b.ensure("7");
  const asked = Promise.all([gate.call("pass"), gate.call("pass")]);
  await pass(time, 50);
  const stopping = a.pubsub.stop();
  await pass(time, 200);
  open();
  assertEquals(await passUntil(time, asked), [1, 2]);
  await passUntil(time, stopping);
});
