/**
 * Names that mean something to JavaScript are only names.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Channel, ok, type Params, reply, Socket } from "@urvogel/realtime";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { assertServed, nextMessage, Siege } from "../../support/siege.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "__defineGetter__",
  "then",
] as const;
const OK = { status: "ok", response: {} };

eachOnTransports(NAMES)("%s is a topic like any other", async (transport, name) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  const topic = `room:${name}`;
  await client.sendText(JSON.stringify(["1", "1", topic, "phx_join", {}]));
  assertEquals(await nextMessage(client), ["1", "1", topic, "phx_reply", OK]);
  await client.sendText(JSON.stringify(["1", "2", topic, "echo", { name }]));
  assertEquals(await nextMessage(client), ["1", "2", topic, "phx_reply", { status: "ok", response: { name } }]);
});

eachOnTransports(NAMES)("%s as an event finds no handler in the prototype", async (transport, name) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendText(JSON.stringify(["1", "2", "room:a", name, {}]));
  assertEquals(await nextMessage(client), ["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]);
  assertEquals(siege.crashes.messages, [
    `Cannot handle event "${name}": there is no handler for it; add it to handleIn`,
  ]);
  await assertServed(client);
});

eachOnTransports(NAMES)("%s as a key of a payload comes back as it was sent", async (transport, name) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const payload = `{"${name}":{"admin":true}}`;
  await client.sendText(`["1","2","room:a","echo",${payload}]`);
  const incoming = await client.recv();
  assertEquals(
    incoming?.kind === "text" && incoming.text,
    `["1","2","room:a","phx_reply",{"status":"ok","response":${payload}}]`,
  );
  await client.sendText(`["1","3","room:a","merge",${payload}]`);
  const [, , , , merged] = await nextMessage(client) as [unknown, unknown, unknown, unknown, unknown];
  assertEquals(merged, { status: "ok", response: { admin: null, keys: [name] } });
  assertEquals(({} as { admin?: unknown }).admin, undefined);
});

/** Replies with what it was sent. */
class TellingChannel extends Channel<{ params: Params }> {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    params: (_payload, socket) => {
      const { params } = socket.assigns;
      return reply({
        prototype: Object.getPrototypeOf(params),
        names: Object.keys(params),
        admin: params.admin ?? null,
      });
    },
  });
}

class TellingSocket extends Socket<{ params: Params }> {
  override channels = { "room:*": TellingChannel };
  override connect(params: Params) {
    return ok({ params });
  }
}

const QUERIES = [
  "__proto__[admin]=1",
  "__proto__.admin=1",
  "__proto__=1",
  "constructor[prototype][admin]=1",
  "a[__proto__][admin]=1",
  "a[constructor][prototype][admin]=1",
  "toString=1&hasOwnProperty=1",
  "vsn[__proto__]=1&__proto__[vsn]=1.0.0",
] as const;

eachOnTransports(QUERIES)("parameters make no prototype: %s", async (transport, query) => {
  await using siege = await Siege.begin(transport, TellingSocket);
  const client = await siege.connect(`${query}&vsn=2.0.0`);
  if (client.handshake.status === 403) return; // a `vsn` that is no text
  await client.sendText('["1","1","room:a","phx_join",{}]');
  await nextMessage(client);
  await client.sendText('["1","2","room:a","params",{}]');
  const [, , , , { response }] = await nextMessage(client) as [0, 0, 0, 0, { response: { names: string[] } }];
  assertEquals({ ...response, names: undefined }, { prototype: null, names: undefined, admin: null });
  assert(response.names.includes("vsn"));
  assertEquals(({} as { admin?: unknown }).admin, undefined);
});

onTransports("parameters are read whole, or refused with 400", async (transport) => {
  await using siege = await Siege.begin(transport, TellingSocket);
  const many = Array.from({ length: 1500 }, (_, n) => `p${n}=1`).join("&");
  const odd = "b[=1&c]=1&&&=&[]=1&[a]=1&__proto__[x]=1";
  for (const query of [many, odd]) {
    const client = await siege.connect(`${query}&vsn=2.0.0`);
    assertEquals(client.handshake.status, 101);
    await assertServed(client);
  }
  for (const query of ["a" + "[b]".repeat(2000) + "=1", "%=%", "a=%ff"]) {
    assertEquals((await siege.connect(`vsn=2.0.0&${query}`)).handshake.status, 400);
  }
});
