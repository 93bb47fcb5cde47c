/**
 * Formats that throw: whatever frame they were to write, only their own connection suffers.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Channel,
  CLOSE_CODES,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  type Serializer,
  serializerV2,
  Socket,
  stop,
} from "@urvogel/realtime";
import { Crashes } from "../support/crashes.ts";
import { type FakeClient, FakeServer, settle } from "../support/fake_client.ts";
import { Collected, Failures } from "../support/telemetry.ts";

type Part = "encodePush" | "encodeReply" | "encodeBroadcast";

/** What throws from now on. */
const broken = new Set<Part>();

function breakable<M>(part: Part, encode: (message: M) => ReturnType<Serializer["encodePush"]>) {
  return (message: M) => {
    if (broken.has(part)) throw new RangeError(`${part} is broken`);
    return encode(message);
  };
}

const breakableSerializer: Serializer = {
  ...serializerV2,
  name: "breakable",
  encodePush: breakable("encodePush", serializerV2.encodePush),
  encodeReply: breakable("encodeReply", serializerV2.encodeReply),
  encodeBroadcast: breakable("encodeBroadcast", serializerV2.encodeBroadcast),
};

class RoomChannel extends Channel {
  override messageRate = { perSecond: 1e-6, burst: 2 };
  override join(topic: string) {
    if (topic === "room:crash") throw new Error("asked to");
    return topic === "room:refused" ? refuse({ reason: "no" }) : ok({ topic });
  }
  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    push: (_payload, socket) => {
      socket.push("pushed", {});
      return noreply();
    },
    stop: () => stop("normal"),
    crash: () => {
      throw new Error("asked to");
    },
    shout: (_payload, socket) => {
      socket.broadcast("shouted", {});
      return reply({ shouted: true });
    },
  });
}

class UserSocket extends Socket<{ expiresAtMs?: number }> {
  override channels = { "room:*": RoomChannel };
  override maxTopicBytes = 20;
  override serializers = [
    { versions: "~> 2.0.0", serializer: serializerV2 },
    { versions: "~> 3.0.0", serializer: breakableSerializer },
  ];
  override connect({ inMs }: Params) {
    return ok(inMs === undefined ? {} : { expiresAtMs: Date.now() + Number(inMs) });
  }
  override expiresAtMs({ expiresAtMs }: { expiresAtMs?: number }) {
    return expiresAtMs ?? Infinity;
  }
  override refresh(payload: unknown) {
    return payload === "let me" ? ok({}) : refuse({ reason: "no" });
  }
}

async function setUp(params: Record<string, string> = {}) {
  broken.clear();
  const server = new FakeServer(new UserSocket());
  const crashes = new Crashes();
  const failures = new Failures();
  const client = await server.connect({ vsn: "3.0.0", ...params });
  const other = await server.connect();
  await client.join("room:a");
  await other.join("room:a");
  return {
    client,
    crashes,
    failures,
    other,
    [Symbol.dispose]() {
      for (const each of [server, crashes, failures]) each[Symbol.dispose]();
    },
  };
}

const asError = (client: FakeClient) => (client.connection.closedWith?.options?.reason as Error | undefined)?.message;

interface Case {
  readonly frame: string;
  readonly breaks: Part;
  readonly sent: readonly unknown[];
}

const ownFrames: readonly Case[] = [
  { frame: "the answer to a heartbeat", breaks: "encodeReply", sent: [null, "2", "phoenix", "heartbeat", {}] },
  { frame: "the answer to an unmatched topic", breaks: "encodeReply", sent: [null, "2", "nowhere", "say", {}] },
  { frame: "the answer to a leave of nothing", breaks: "encodeReply", sent: ["1", "2", "room:b", "phx_leave", {}] },
  { frame: "the answer to a leave", breaks: "encodeReply", sent: ["1", "2", "room:a", "phx_leave", {}] },
  { frame: "phx_close after a leave", breaks: "encodePush", sent: ["1", "2", "room:a", "phx_leave", {}] },
  { frame: "phx_close after a stop", breaks: "encodePush", sent: ["1", "2", "room:a", "stop", {}] },
  { frame: "phx_close of a replaced join", breaks: "encodePush", sent: ["2", "2", "room:a", "phx_join", {}] },
  { frame: "phx_error after a crash", breaks: "encodePush", sent: ["1", "2", "room:a", "crash", {}] },
  { frame: "phx_error after a push that failed", breaks: "encodePush", sent: ["1", "2", "room:a", "push", {}] },
  { frame: "a join's answer", breaks: "encodeReply", sent: ["2", "2", "room:b", "phx_join", {}] },
  { frame: "a join's refusal", breaks: "encodeReply", sent: ["2", "2", "room:refused", "phx_join", {}] },
  { frame: "a join's failure", breaks: "encodeReply", sent: ["2", "2", "room:crash", "phx_join", {}] },
  {
    frame: "a join's refusal by a limit",
    breaks: "encodeReply",
    sent: ["2", "2", `room:${"x".repeat(20)}`, "phx_join", {}],
  },
  { frame: "the answer to a refresh", breaks: "encodeReply", sent: [null, "2", "phoenix", "refresh", "let me"] },
  { frame: "the refusal of a refresh", breaks: "encodeReply", sent: [null, "2", "phoenix", "refresh", "no"] },
];

Deno.test.each(ownFrames.map((each) => [each.frame, each] as const))(
  "a serializer that throws for %s closes its own connection with 1011",
  async (_frame, { breaks, sent }) => {
    using setup = await setUp();
    const { client, other, failures } = setup;
    broken.add(breaks);
    await client.send(...sent);
    assertStrictEquals(client.connection.closedWith?.code, CLOSE_CODES.internalError);
    assertEquals(asError(client), `${breaks} is broken`);
    assert(failures.messages.length > 0);
    assertEquals([...new Set(failures.messages)], [`${breaks} is broken`]);
    await other.send("1", "2", "room:a", "shout", {});
    assertEquals(other.take().length, 2); // still served
  },
);

Deno.test("a serializer that throws for phx_error closes its connection with 1011 when its time is over", async () => {
  using time = new FakeTime();
  using setup = await setUp({ inMs: "1000" });
  const { client, other, failures } = setup;
  await client.join("room:b");
  broken.add("encodePush");
  time.tick(1001);
  await settle();
  assertStrictEquals(client.connection.closedWith?.code, CLOSE_CODES.internalError);
  assert(failures.messages.includes("encodePush is broken"));
  await other.send("1", "2", "room:a", "echo", {});
  assertEquals(other.take().length, 1);
});

Deno.test("a serializer that throws for what a handler replies fails the channel, and nothing else", async () => {
  using setup = await setUp();
  const { client, crashes, failures } = setup;
  broken.add("encodeReply");
  await client.send("1", "2", "room:a", "echo", {});
  assertEquals(client.take(), [["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]]);
  assertEquals(client.connection.closedWith, undefined);
  assertEquals([crashes.messages, failures.messages], [["encodeReply is broken"], []]);
});

Deno.test("a serializer that throws for a broadcast costs its members the broadcast, and the sender nothing", async () => {
  using setup = await setUp();
  using undeliverable = new Collected<{ error: Error }>("urvogel:pubsub:undeliverable");
  const { client, other, crashes } = setup;
  broken.add("encodeBroadcast");
  await other.send("1", "2", "room:a", "shout", {});
  assertEquals(other.take().map((message) => (message as unknown[])[3]), ["shouted", "phx_reply"]);
  assertEquals(client.take(), []);
  await client.send("1", "2", "room:a", "echo", {});
  assertEquals(client.take().length, 1);
  assertEquals(crashes.messages, []);
  assertEquals(undeliverable.events.map(({ error }) => error.message), ["encodeBroadcast is broken"]);
});
