/**
 * What the records of an endpoint say about who it was.
 *
 * @module
 */

import { assertEquals, fail } from "@std/assert";
import { stub } from "@std/testing/mock";
import {
  Channel,
  Endpoint,
  type LogRecord,
  noreply,
  ok,
  Presence,
  PubSub,
  refuse,
  Socket,
  spawn,
} from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import { MemoryAdapter, MemoryBroker } from "../support/memory_broker.ts";
import { SpokenSocket } from "../support/spoken_app.ts";

function recorded(socket: typeof Socket<object>, pubsub?: PubSub) {
  const records: LogRecord[] = [];
  const endpoint = new Endpoint({
    sockets: { "/socket": socket as never },
    logLevel: "info",
    logger: (record) => void records.push(record),
    ...(pubsub && { pubsub }),
  });
  return { endpoint, records };
}

const withRequestId = (id: string) => ({ connectInfo: { xHeaders: new Map([["x-request-id", id]]) } });

Deno.test("an endpoint logs the request id of the handshake with all that its client does", async () => {
  const { endpoint, records } = recorded(SpokenSocket as never);
  await using client = await connect(endpoint, {}, withRequestId("req-1"));
  const room = await client.join("room:open");
  room.push("fail");
  await room.assertPush("phx_error");
  assertEquals(records.map(({ level, fields }) => [level, fields.requestId]), [
    ["info", "req-1"],
    ["info", "req-1"],
    ["error", "req-1"],
  ]);
});

for (const [what, id] of [["spaces", "a b"], ["a line break", "a\nb"], ["too many characters", "x".repeat(201)]]) {
  Deno.test(`an endpoint ignores a request id with ${what}`, async () => {
    const { endpoint, records } = recorded(SpokenSocket as never);
    await using _ = await connect(endpoint, {}, withRequestId(id!));
    assertEquals(records.map(({ fields }) => "requestId" in fields), [false]);
  });
}

Deno.test("an endpoint logs the name of its node if there may be others, and only then", async () => {
  const pubsub = new PubSub({ adapter: new MemoryAdapter(new MemoryBroker()) });
  await pubsub.ready;
  const shared = recorded(SpokenSocket as never, pubsub);
  const alone = recorded(SpokenSocket as never);
  for (const { endpoint } of [shared, alone]) await (await connect(endpoint)).close();
  assertEquals([shared, alone].map(({ records }) => records[0]?.fields.node), [pubsub.nodeName, undefined]);
  await shared.endpoint.shutdown();
  await pubsub.stop();
});

Deno.test("an endpoint logs no protocol version of a client that requested none", async () => {
  const records: LogRecord[] = [];
  const endpoint = new Endpoint({
    sockets: { "/raw": [{ connect: () => refuse("no") }, { longpoll: true }] },
    logLevel: "info",
    logger: (record) => void records.push(record),
  });
  await endpoint.fetch(new Request("http://localhost/raw/longpoll"));
  assertEquals(records.map(({ fields }) => Object.keys(fields)), [["transport", "params", "reason", "durationMs"]]);
});

class HelpedChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    help: (_, socket) => {
      spawn(() => Promise.reject(new Error("helper broke")), { link: socket.self });
      return noreply();
    },
  });
}

class HelpedSocket extends Socket {
  override channels = { "room:*": HelpedChannel };
  override connect() {
    return ok({});
  }
  override id() {
    return "user:ann";
  }
}

Deno.test("a process that a channel started reports its crash to the logger of the endpoint", async () => {
  const { endpoint, records } = recorded(HelpedSocket as never);
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  room.push("help");
  await room.assertPush("phx_error");
  const { fields } = records.find(({ level }) => level === "error") ?? fail();
  assertEquals([fields.topic, fields.socketId, (fields.error as Error).message], [
    "room:1",
    "user:ann",
    "helper broke",
  ]);
});

class BrokenPresence extends Presence {
  override handleMetas(): never {
    throw new Error("presence broke");
  }
}

/** Crashes it with the join, and with the leave. */
async function crashPresence(pubsub: PubSub): Promise<void> {
  const presence = new BrokenPresence({ pubsub, name: "people" });
  const pid = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
  presence.track(pid, "room:1", "ann", {});
  await settle();
  pid.exit("shutdown");
  await presence.stop();
}

const crashes = ({ records }: ReturnType<typeof recorded>) => records.filter(({ level }) => level === "error").length;

for (
  const [what, pubsub] of [["the endpoint's own PubSub", undefined], ["a PubSub passed in", new PubSub()]] as const
) {
  Deno.test(`a presence on ${what} reports its crash to the logger of the endpoint`, async () => {
    using printed = stub(console, "error");
    const app = recorded(HelpedSocket as never, pubsub);
    await crashPresence(app.endpoint.pubsub);
    assertEquals([crashes(app), printed.calls.length], [2, 0]);
    await app.endpoint.shutdown();
  });
}

Deno.test("a PubSub of several endpoints reports to the first of those that have not shut down", async () => {
  using printed = stub(console, "error");
  const pubsub = new PubSub();
  const [first, second] = [recorded(HelpedSocket as never, pubsub), recorded(HelpedSocket as never, pubsub)];
  const counts = () => [crashes(first), crashes(second), printed.calls.length];
  await crashPresence(pubsub);
  assertEquals(counts(), [2, 0, 0]);
  await first.endpoint.shutdown();
  await crashPresence(pubsub);
  assertEquals(counts(), [2, 2, 0]);
  await second.endpoint.shutdown();
  await crashPresence(pubsub);
  assertEquals(counts(), [2, 2, 2]);
});
