/**
 * Servers that end while their key is being claimed again.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { GenServer, KeyedServers } from "@urvogel/realtime";
import { Crashes } from "../support/crashes.ts";
import { type KeyedNode, pass, passUntil, startNodes } from "../support/keyed_nodes.ts";

/** Two nodes that spread keys, and an engine that takes 200 ms. Of their keys, `a` gets the next one. */
async function slowNodes(time: FakeTime, starting: () => Promise<void> | void = () => {}) {
  const cluster = await startNodes(["a", "b"], { placement: "spread", starting });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await pass(time, 200);
  for (const key of ["1", "2", "3", "4"]) await passUntil(time, a.where(key));
  await passUntil(time, a.rooms.stopAll());
  await pass(time, 200);
  assertEquals([a.rooms.size, b.rooms.size], [0, 2]);
  cluster.owners.delayMs = 200;
  return { cluster, a, b };
}

Deno.test("a key whose server failed to start while it was claimed again stays that of the next server", async () => {
  using time = new FakeTime();
  using _ = new Crashes();
  let starting = () => Promise.resolve();
  const { cluster, a, b } = await slowNodes(time, () => starting());
  await using _cluster = cluster;
  const other = await passUntil(time, cluster.owners.open("other", 10_000));
  starting = async () => {
    starting = () => Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new RangeError("no disk");
  };
  const asked = [b.rooms.ensure("7").catch(() => {})]; // placed at a
  await pass(time, 50);
  asked.push(a.rooms.ensure("7")); // claims it when it is starting
  await passUntil(time, Promise.all(asked));
  await pass(time, 1000);
  const token = BigInt(await (await a.rooms.ensure("7")).call("token"));
  assertEquals(await passUntil(time, other.ownerOf("rooms:7")), { node: "a", token, isOwn: false });
});

Deno.test("a server waits for the end of one that began to end while its key was claimed again", async () => {
  using time = new FakeTime();
  const { cluster, a, b } = await slowNodes(time);
  await using _cluster = cluster;
  const log: string[] = [];
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  class Slow extends GenServer<string> {
    override init(key: string) {
      log.push("starts");
      return key;
    }
    override async terminate() {
      await mayEnd;
      log.push("ends");
    }
  }
  const [slowOfA, slowOfB] = [a, b].map(({ pubsub, supervisor }) => {
    return new KeyedServers(Slow, { pubsub, supervisor, placement: "spread" });
  }) as [KeyedServers<typeof Slow>, KeyedServers<typeof Slow>];
  await pass(time, 200);
  await passUntil(time, slowOfB.ensure("other"));
  await pass(time, 200);
  const asked = [slowOfB.ensure("7")]; // placed at a
  await pass(time, 50);
  asked.push(slowOfA.ensure("7")); // claims it when it has started
  while (!slowOfA.whereis("7")) await pass(time, 50);
  const stopped = slowOfA.stop("7");
  await pass(time, 500);
  assertEquals(log, ["starts", "starts"]);
  end();
  await stopped;
  await passUntil(time, Promise.all(asked));
  assertEquals(log, ["starts", "starts", "ends", "starts"]);
});
