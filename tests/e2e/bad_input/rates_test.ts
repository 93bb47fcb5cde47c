/**
 * Clients that send and join faster than they may.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { Channel, type LimitHitEvent, ok, type RateLimit, reply, Socket, UNLIMITED } from "@urvogel/realtime";
import { ChannelDriver } from "../../../lib/channel/channel_driver.ts";
import { SocketTree } from "../../../lib/channel/socket_tree.ts";
import { SiegeChannel, SiegeSocket } from "../../fixtures/siege_app.ts";
import { Collected } from "../../support/telemetry.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { assertServed, nextClose, nextMessage, Siege } from "../../support/siege.ts";
import { encodeFrame, Opcode } from "../../support/ws_frame.ts";
import { onTransports } from "../../support/transports.ts";

const OK = { status: "ok", response: {} };
const FAST = { status: "error", response: { reason: "too many messages per second" } };
const JOINS = { status: "error", response: { reason: "too many joins per second" } };
/** So slow that no token comes back during a test. */
const SLOW = 1e-6;

async function send(client: RawClient, ...messages: unknown[][]): Promise<void> {
  for (const message of messages) await client.sendText(JSON.stringify(message));
}

class SlowSocket extends SiegeSocket {
  override messageRate: RateLimit = { perSecond: SLOW, burst: 4 };
}

Deno.test("Channel.messageRate is unlimited by default", () => {
  assertStrictEquals(new SiegeChannel().messageRate, UNLIMITED);
});

onTransports("a flood at the default rates ends with 4429", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const frame = encodeFrame({
    opcode: Opcode.text,
    payload: new TextEncoder().encode('["1","2","room:a","ignore",1]'),
  });
  const frames = new Uint8Array(frame.length * 1000);
  for (let n = 0; n < 1000; n++) frames.set(frame, n * frame.length);
  let closed = false;
  for (let n = 0; n < 200 && !closed; n++) {
    await client.sendBytes(frames).catch(() => {});
    let incoming = await client.recv(1);
    for (; incoming?.kind === "text"; incoming = await client.recv(1)) assertMatch(incoming.text, /too many messages/);
    closed = incoming !== undefined;
  }
  assert(closed);
  assertEquals([...new Set(limits.events.map(({ limit }) => limit))], ["messageRate", "refusalRate"]);
  await siege.cleared();
});

onTransports("Socket.messageRate answers what is too much with an error", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(transport, SlowSocket);
  const client = await siege.join("room:a"); // the first of four
  await send(client, ...[2, 3, 4, 5, null].map((ref) => ["1", ref, "room:a", "echo", { ref }]));
  for (const ref of [2, 3, 4]) {
    const echoed = { status: "ok", response: { ref } };
    assertEquals(await nextMessage(client), ["1", ref, "room:a", "phx_reply", echoed]);
  }
  assertEquals(await nextMessage(client), ["1", 5, "room:a", "phx_reply", FAST]);
  assertEquals(await nextMessage(client), ["1", null, "room:a", "phx_reply", FAST]);
  await assertServed(client); // a heartbeat passes
  await send(client, ["1", "join", "room:b", "phx_join", {}], ["1", "leave", "room:a", "phx_leave", {}]);
  assertEquals(await nextMessage(client), ["1", "join", "room:b", "phx_reply", FAST]);
  assertEquals(await nextMessage(client), ["1", "leave", "room:a", "phx_reply", OK]);
  const hits = limits.events.map(({ limit, max, topic }) => ({ limit, max, topic }));
  assertEquals(hits, ["room:a", "room:a", "room:b"].map((topic) => ({ limit: "messageRate", max: SLOW, topic })));
});

onTransports("Socket.messageRate is a connection's own", async (transport) => {
  await using siege = await Siege.begin(transport, SlowSocket);
  for (let n = 0; n < 5; n++) await siege.join("room:a");
});

onTransports("Socket.refusalRate closes a flood that goes on with 4429", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    class extends SlowSocket {
      override refusalRate: RateLimit = { perSecond: SLOW, burst: 2 };
    },
  );
  const client = await siege.join("room:a");
  await send(client, ...[2, 3, 4, 5, 6, 7].map((ref) => ["1", ref, "room:a", "ignore", {}]));
  assertEquals(await nextMessage(client), ["1", 5, "room:a", "phx_reply", FAST]);
  assertEquals(await nextMessage(client), ["1", 6, "room:a", "phx_reply", FAST]);
  assertEquals(await nextClose(client), { code: 4429, reason: "too many refused messages" });
  await siege.cleared();
});

onTransports("Socket.refusalRate counts a flood of heartbeats", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    class extends SlowSocket {
      override refusalRate: RateLimit = { perSecond: SLOW, burst: 2 };
    },
  );
  const client = await siege.connect();
  await send(client, ...Array.from({ length: 7 }, (_, ref) => [null, ref, "phoenix", "heartbeat", {}]));
  for (let ref = 0; ref < 6; ref++) {
    assertEquals(await nextMessage(client), [null, ref, "phoenix", "phx_reply", OK]);
  }
  assertEquals(await nextClose(client), { code: 4429, reason: "too many refused messages" });
});

onTransports("Socket.refusalRate counts every limit that is hit", async (transport) => {
  await using siege = await Siege.begin(
    transport,
    class extends SiegeSocket {
      override refusalRate: RateLimit = { perSecond: SLOW, burst: 1 };
      override maxChannelsPerTransport = 1;
    },
  );
  const client = await siege.join("room:a");
  const tooMany = { status: "error", response: { reason: "too many channels joined" } };
  for (const ref of ["2", "3"]) await send(client, [ref, ref, "room:b", "phx_join", {}]);
  assertEquals(await nextMessage(client), ["2", "2", "room:b", "phx_reply", tooMany]);
  assertEquals(await nextClose(client), { code: 4429, reason: "too many refused messages" });
});

const BYTES: RateLimit = { perSecond: SLOW, burst: 2000 };

onTransports(
  "Socket.byteRate closes a client that sends too many bytes with 4429, whatever is in them",
  async (transport) => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    await using siege = await Siege.begin(
      transport,
      class extends SiegeSocket {
        override byteRate = BYTES;
      },
    );
    const client = await siege.connect();
    const beat = [null, "1", "phoenix", "heartbeat", { fill: "x".repeat(1000) }];
    await send(client, beat, beat); // 2,100: a frame may go past what is left
    for (let n = 0; n < 2; n++) assertEquals(await nextMessage(client), [null, "1", "phoenix", "phx_reply", OK]);
    await client.sendText("[[[ never read"); // not even malformed: it is not looked at
    assertEquals(await nextClose(client), { code: 4429, reason: "too many bytes per second" });
    assertEquals(limits.events.map(({ limit, max }) => [limit, max]), [["byteRate", SLOW]]);
    await siege.cleared();
  },
);

onTransports(
  "Socket.byteRate is a connection's own, counts binary frames, and lets honest clients be",
  async (transport) => {
    await using siege = await Siege.begin(
      transport,
      class extends SiegeSocket {
        override byteRate = BYTES;
      },
    );
    const client = await siege.connect();
    const other = await siege.join("room:a");
    for (let n = 0; n < 3; n++) await client.sendBinary(binaryPush(1000));
    for (let n = 0; n < 2; n++) await nextMessage(client); // unmatched topic
    assertEquals(await nextClose(client), { code: 4429, reason: "too many bytes per second" });
    await assertServed(other);
  },
);

onTransports("Socket.joinRate turns joins away, of new topics and joined ones", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(
    transport,
    class extends SiegeSocket {
      override joinRate: RateLimit = { perSecond: SLOW, burst: 1 };
    },
  );
  const client = await siege.join("room:a");
  await send(client, ["2", "2", "room:b", "phx_join", {}], ["3", "3", "room:a", "phx_join", {}]);
  assertEquals(await nextMessage(client), ["2", "2", "room:b", "phx_reply", JOINS]);
  assertEquals(await nextMessage(client), ["3", "3", "room:a", "phx_reply", JOINS]);
  await send(client, ["1", "4", "room:a", "echo", {}]);
  assertEquals(await nextMessage(client), ["1", "4", "room:a", "phx_reply", OK]); // the first join still stands
  assertEquals(limits.events.map(({ limit }) => limit), ["joinRate", "joinRate"]);
});

onTransports("Channel.messageRate is of one client and one topic", async (transport) => {
  class SlowChannel extends SiegeChannel {
    override messageRate: RateLimit = { perSecond: SLOW, burst: 1 };
  }
  await using siege = await Siege.begin(
    transport,
    class extends SiegeSocket {
      override channels = { "room:*": SlowChannel };
    },
  );
  const client = await siege.join("room:a");
  const other = await siege.join("room:a");
  await send(client, ["1", "2", "room:a", "echo", {}], ["1", "3", "room:a", "echo", {}]);
  assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", OK]);
  assertEquals(await nextMessage(client), ["1", "3", "room:a", "phx_reply", FAST]);
  await send(other, ["1", "4", "room:a", "echo", {}]);
  assertEquals(await nextMessage(other), ["1", "4", "room:a", "phx_reply", OK]);
  await send(client, ["5", "5", "room:b", "phx_join", {}], ["5", "6", "room:b", "echo", {}]);
  assertEquals(await nextMessage(client), ["5", "5", "room:b", "phx_reply", OK]);
  assertEquals(await nextMessage(client), ["5", "6", "room:b", "phx_reply", OK]);
  await send(client, ["1", "7", "room:a", "phx_leave", {}]);
  assertEquals(await nextMessage(client), ["1", "7", "room:a", "phx_reply", OK]);
});

function binaryPush(size: number): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode("\x00\x01\x01\x06\x0312room:asay");
  return new Uint8Array([...head, ...new Uint8Array(size)]);
}

class SizedChannel extends Channel {
  override maxPayloadBytes = { say: 10, "*": 20 };
  override join() {
    return ok();
  }
  override handleIn = this.handlers({ "*": () => reply() });
}

onTransports("Channel.maxPayloadBytes bounds payloads by event, and * those of the others", async (transport) => {
  using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  await using siege = await Siege.begin(
    transport,
    class extends SiegeSocket {
      override channels = { "room:*": SizedChannel as unknown as typeof SiegeChannel };
    },
  );
  const client = await siege.join("room:a");
  const large = { status: "error", response: { reason: "payload too large" } };
  const cases = [
    ["say", "x".repeat(8), OK], // with its quotes
    ["say", "x".repeat(9), large],
    ["say", "éééé", OK],
    ["say", "ééééé", large],
    ["shout", "x".repeat(18), OK],
    ["shout", "x".repeat(19), large],
    [["say"], "x".repeat(19), large],
    ["constructor", { a: "x".repeat(30) }, large],
  ] as const;
  for (const [event, payload, answer] of cases) {
    await send(client, ["1", "2", "room:a", event, payload]);
    assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", answer]);
  }
  for (const [size, answer] of [[10, OK], [11, large]] as const) {
    await client.sendBinary(binaryPush(size));
    assertEquals(await nextMessage(client), ["1", "2", "room:a", "phx_reply", answer]);
  }
  const hits = limits.events.map(({ limit, max, found }) => [limit, max, found]);
  assertEquals(hits.at(0), ["maxPayloadBytes", 10, 11]);
  assertEquals(hits.at(-1), ["maxPayloadBytes", 10, 11]);
});

onTransports(
  "Channel.maxPayloadBytes bounds the parameters of a join, by the name phx_join or *",
  async (transport) => {
    using limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
    class JoinSizedChannel extends SizedChannel {
      override maxPayloadBytes = { phx_join: 10, say: 1, "*": 1 };
    }
    await using siege = await Siege.begin(
      transport,
      class extends SiegeSocket {
        override channels = {
          "room:*": SizedChannel as unknown as typeof SiegeChannel,
          "small:*": JoinSizedChannel as unknown as typeof SiegeChannel,
        };
      },
    );
    const client = await siege.connect();
    const large = { status: "error", response: { reason: "payload too large" } };
    const cases = [
      ["room:a", "x".repeat(19), large],
      ["room:a", "x".repeat(18), OK],
      ["small:a", "x".repeat(9), large],
      ["small:a", { a: 1 }, OK],
    ] as const;
    for (const [topic, params, answer] of cases) {
      await send(client, ["1", "1", topic, "phx_join", params]);
      assertEquals(await nextMessage(client), ["1", "1", topic, "phx_reply", answer]);
    }
    assertEquals(limits.events.map(({ limit, max, found, topic }) => [limit, max, found, topic]), [
      ["maxPayloadBytes", 20, 21, "room:a"],
      ["maxPayloadBytes", 10, 11, "small:a"],
    ]);
  },
);

onTransports(
  "limits that make no sense are refused: those of a socket at once, those of a channel when it joins",
  async (transport) => {
    class BadSocket extends Socket {
      override channels = {};
      override joinRate: RateLimit = { perSecond: 0, burst: 1 };
      override connect() {
        return ok({});
      }
    }
    assertThrows(
      () => new ChannelDriver(new BadSocket(), undefined as never, new SocketTree()),
      RangeError,
      'Cannot limit rate: "joinRate.perSecond" must be > 0, received 0',
    );
    class BadChannel extends SiegeChannel {
      override maxPayloadBytes = { say: -1 };
    }
    await using siege = await Siege.begin(
      transport,
      class extends SiegeSocket {
        override channels = { "room:*": BadChannel };
      },
    );
    const client = await siege.connect();
    await send(client, ["1", "1", "room:a", "phx_join", {}]);
    const crashed = { status: "error", response: { reason: "join crashed" } };
    assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_reply", crashed]);
    assertEquals(siege.crashes.messages, ['Cannot limit payload of "say": must be >= 0 bytes, received -1']);
  },
);
