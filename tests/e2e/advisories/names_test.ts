/**
 * Topics, events and keys that clients choose: how many, and which.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, ok, type Params, Presence, PubSub, Socket } from "@urvogel/realtime";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { CLIENT_VERSIONS, loadPresenceClass } from "../../support/phoenix_client.ts";
import { RawClient } from "../../support/raw_client.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { advisory } from "./advisory.ts";

const OK = { status: "ok", response: {} };
const TOO_MANY = { status: "error", response: { reason: "too many channels joined" } };
const MOST_CHANNELS = 100;

advisory("CVE-2026-56811", "a client joins 100 channels and no more", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (let n = 0; n <= MOST_CHANNELS; n++) {
    await client.sendText(JSON.stringify([`${n}`, `${n}`, `room:${n}`, "phx_join", {}]));
    const answer = n < MOST_CHANNELS ? OK : TOO_MANY;
    assertEquals(await nextMessage(client), [`${n}`, `${n}`, `room:${n}`, "phx_reply", answer]);
  }
  await assertServed(client);
});

advisory("CVE-2026-8469", "names that clients make up are kept nowhere", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  for (let n = 0; n < 500; n++) {
    const topic = `room:made up ${n}`;
    await client.sendText(JSON.stringify(["1", "1", topic, "phx_join", {}]));
    await client.sendText(JSON.stringify(["1", "2", topic, "echo", { [`key ${n}`]: n }]));
    await client.sendText(JSON.stringify(["1", "3", topic, "phx_leave", {}]));
    for (let answers = 0; answers < 4; answers++) await nextMessage(client);
  }
  await assertServed(client);
}); // Siege looks whether a process, timer, topic or subscriber is left

const KEYS = ["__proto__", "constructor", "toString", "hasOwnProperty", "then"] as const;
const TOPIC = "room:a";

interface Named {
  readonly name: string;
}

/** An endpoint with presence, where a client is known by the name that it gives. */
function presenceEndpoint() {
  const pubsub = new PubSub();
  const presence = new Presence<{ at: number }>({ pubsub });
  class RoomChannel extends Channel<Named> {
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket<Named>) {
      presence.track(socket, socket.assigns.name, { at: 1 });
      presence.pushState(socket);
    }
  }
  class NamedSocket extends Socket<Named> {
    override channels = { "room:*": RoomChannel };
    override connect({ name }: Params) {
      return ok({ name: String(name) });
    }
  }
  return { presence, endpoint: new Endpoint({ pubsub, sockets: { "/socket": NamedSocket } }) };
}

advisory("CVE-2026-56812", "keys of a prototype are keys of a presence", async (transport) => {
  const { endpoint, presence } = presenceEndpoint();
  await using server = await transport.serve(endpoint);
  const clients: RawClient[] = [];
  for (const name of KEYS) {
    const path = `/socket/websocket?vsn=2.0.0&name=${name}`;
    const client = await RawClient.connect({ port: server.port, path });
    clients.push(client);
    await client.sendText(JSON.stringify(["1", "1", TOPIC, "phx_join", {}]));
    assertEquals(await nextMessage(client), ["1", "1", TOPIC, "phx_reply", OK]);
  }
  assertEquals(Object.keys(presence.list(TOPIC)).sort(), [...KEYS].sort());
  const last = clients.at(-1)!;
  const state = await presenceState(last);
  assertEquals(Object.keys(state).sort(), [...KEYS].sort());
  await assertClientTakes(state);
  assertEquals(({} as { metas?: unknown }).metas, undefined);
  for (const client of clients) await client[Symbol.asyncDispose]();
  await presence.stop();
});

async function presenceState(client: RawClient): Promise<object> {
  while (true) {
    const [, , , event, payload] = await nextMessage(client) as [unknown, unknown, unknown, string, object];
    if (event === "presence_state") return payload;
  }
}

/** The fixed `Presence` of phoenix.js takes it as it is. */
async function assertClientTakes(state: object): Promise<void> {
  const [newest] = CLIENT_VERSIONS;
  const PresenceClass = await loadPresenceClass(newest!) as unknown as {
    syncState(current: object, state: object): object;
  };
  assertEquals(Object.keys(PresenceClass.syncState(Object.create(null), state)).sort(), [...KEYS].sort());
}
