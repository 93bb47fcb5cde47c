import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Broadcast, BusSetupError } from "@urvogel/realtime";
import type { NatsAdapterOptions } from "@urvogel/realtime/nats";
import { withinTime } from "../../../lib/base/within_time.ts";
import { TLS } from "../../support/engines/access.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { until } from "../../support/until.ts";
import { NotingNode } from "./noting_node.ts";

const nats = (name: string, fn: () => Promise<void>) => engineTest("nats", name, fn);
const credentials = { user: "ann", password: "s3cret/:@ x" };
const ours = { publish: ["urvogel.>"], subscribe: ["urvogel.>"] };

const REJECTED_WITHIN_MS = 5000;

/** Starts a node that must be refused, without a secret in the error. */
async function assertRefused(options: NatsAdapterOptions, why: string): Promise<void> {
  await using node = new NotingNode(options);
  const started = () => withinTime(node.start(), REJECTED_WITHIN_MS, () => new Error("it was not refused"));
  const error = await assertRejects(started, BusSetupError, why);
  assert(error.message.startsWith("Cannot connect to NATS at 127.0.0."), error.message);
  const text = Deno.inspect(error, { depth: 9 });
  for (const secret of ["s3cret", "wrong"]) assert(!text.includes(secret), text);
}

nats("credentials may stand in the URL, or apart", async () => {
  await using engine = await startNats({ credentials });
  await using _ = await NotingNode.start({ servers: engine.url });
  await using __ = await NotingNode.start({ servers: `127.0.0.1:${engine.port}`, credentials });
  await using ___ = await NotingNode.start({
    servers: `127.0.0.1:${engine.port}`,
    credentials: { authenticator: () => ({ user: credentials.user, pass: credentials.password }) },
  });
});

nats("start() rejects for wrong credentials, and none", async () => {
  await using engine = await startNats({ credentials });
  const servers = `127.0.0.1:${engine.port}`;
  await assertRefused({ servers, credentials: { user: "ann", password: "wrong" } }, "refuses the credentials");
  await assertRefused({ servers: `ann:wrong@${servers}` }, "refuses the credentials");
  await assertRefused({ servers, credentials: { token: "wrong" } }, "refuses the credentials");
  await assertRefused({ servers }, "refuses the credentials");
});

nats("200 wrong passwords do not end the program", async () => {
  await using engine = await startNats({ credentials });
  const servers = `ann:wrong@127.0.0.1:${engine.port}`;
  for (let round = 0; round < 25; round++) {
    await Promise.all(Array.from({ length: 8 }, () => assertRefused({ servers }, "refuses the credentials")));
  }
});

nats("rights on <prefix>.> are enough, and none are more than needed", async () => {
  await using engine = await startNats({ credentials, permissions: ours });
  await using a = await NotingNode.start({ servers: engine.url });
  await using b = await NotingNode.start({ servers: engine.url });
  await b.adapter.subscribe("t");
  a.broadcast("t", "topic");
  a.broadcast("t", "disconnect");
  a.adapter.directBroadcast(b.adapter.nodeName, new Broadcast("t", "direct", {}));
  await until(() => b.received.length === 3, "all arrive");
  await assertRefused({ servers: engine.url, prefix: "other" }, 'no right to subscribe to "other.n.');
});

for (
  const [permissions, why] of [
    [{ ...ours, publish: ["none"] }, "no right to publish to"],
    [{ ...ours, publish: ["urvogel.n.>", "urvogel.c"] }, 'no right to publish to "urvogel.t.~~"'],
    [{ ...ours, subscribe: ["urvogel.n.>", "urvogel.t.>"] }, 'no right to subscribe to "urvogel.c"'],
    [{ ...ours, subscribe: ["urvogel.c"] }, 'no right to subscribe to "urvogel.n.'],
  ] as const
) {
  nats(`start() rejects when the user may only ${JSON.stringify(permissions)}`, async () => {
    await using engine = await startNats({ credentials, permissions });
    await assertRefused({ servers: engine.url }, why);
  });
}

nats("a missing right for one topic rejects its subscribe(), or is reported", async () => {
  const topicOnly = ["urvogel.n.>", "urvogel.c", "urvogel.t.dA", "urvogel.t.~~"]; // dA is "t"
  await using engine = await startNats({ credentials, permissions: { publish: topicOnly, subscribe: topicOnly } });
  await using node = await NotingNode.start({ servers: engine.url });
  await node.adapter.subscribe("t");
  const refused = () => Promise.resolve(node.adapter.subscribe("other"));
  await assertRejects(refused, BusSetupError, "no right to subscribe");
  await assertRejects(refused, BusSetupError, "no right to subscribe");
  const reported = () => node.faults.flatMap((fault) => "engineError" in fault ? [fault.engineError.message] : []);
  node.broadcast("other", "x");
  await until(() => reported().length > 0, "it is reported");
  assertMatch(reported().join(), /^Permissions Violation for Publish/);
  assertEquals(node.faults.map((fault) => "refused" in fault && fault.refused), [1]);
});

nats("TLS is verified: with the right CA, not with a wrong one, not for another address", async () => {
  await using engine = await startNats({ credentials, tls: true });
  await using _ = await NotingNode.start({ servers: engine.url, tls: { ca: TLS.ca } });
  await using __ = await NotingNode.start({
    servers: engine.url.replace("127.0.0.1", "localhost"),
    tls: { ca: TLS.ca },
  });
  await assertRefused({ servers: engine.url, tls: { ca: TLS.wrongCa } }, "TLS failed: ");
  await assertRefused({ servers: engine.url }, "TLS failed: ");
  await assertRefused({ servers: engine.url.replace("tls:", "nats:"), tls: false }, "it requires TLS");
  await using relay = relayTo(engine.port);
  await assertRefused({ servers: `tls://127.0.0.2:${relay.port}`, tls: { ca: TLS.ca }, credentials }, "TLS failed: ");
});

nats("start() rejects when a server that must encrypt does not", async () => {
  await using engine = await startNats({ credentials });
  await assertRefused({ servers: engine.url, tls: {} }, "it does not offer TLS");
});

Deno.test("start() rejects without the permission to connect", { permissions: { net: false } }, async () => {
  await assertRefused({ servers: "127.0.0.1:4222" }, "run it with --allow-net");
});

Deno.test("no password is sent to a server that pretends to offer TLS", async () => {
  const said: string[] = [];
  const info = JSON.stringify({ server_id: "x", version: "2.9.10", proto: 1, max_payload: 1000, tls_available: 1 });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      using tcp = connection;
      await tcp.write(new TextEncoder().encode(`INFO ${info}\r\n`));
      for await (const bytes of tcp.readable) said.push(new TextDecoder().decode(bytes));
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  await assertRefused({ servers: `ann:s3cret@127.0.0.1:${port}`, tls: {} }, "it does not begin TLS");
  listener.close();
  await serving;
  assertEquals(said, []);
});

/** Passes connections with 127.0.0.2 on to 127.0.0.1, for which alone the certificate is. */
function relayTo(port: number): { readonly port: number } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.2", port: 0 });
  const relays: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      relays.push(client.readable.pipeTo(server.writable).catch(() => {}));
      relays.push(server.readable.pipeTo(client.writable).catch(() => {}));
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(relays);
    },
  };
}
