import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { natsAdapter, type NatsAdapterOptions } from "@urvogel/realtime/nats";
import { decodeKeyEntry, encodeKeyEntry, nextToken } from "../../../lib/adapters/nats/owners/_key_entry.ts";
import { KeyUpkeep } from "../../../lib/adapters/nats/owners/_key_upkeep.ts";
import { NatsOwnerSession } from "../../../lib/adapters/nats/owners/_nats_owner_session.ts";
import type { OwnerEntry, OwnerStreams } from "../../../lib/adapters/nats/owners/_owner_streams.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startNats } from "../../support/engines/nats.ts";
import { useOwners } from "../../support/owner_suite.ts";
import { NotingNode } from "./noting_node.ts";

const TTL_MS = 1000;
const ENTRY = { node: "a", session: "01J", ttlMs: 1000, token: 7n };

async function startUsed(options: NatsAdapterOptions): Promise<NotingNode> {
  await useOwners(natsAdapter(options), TTL_MS);
  return await NotingNode.start(options);
}

async function withManager<T>(url: string, act: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>) {
  const client = await connect({ servers: url });
  try {
    return await act(await jetstreamManager(client));
  } finally {
    await client.close();
  }
}

engineTest("nats", "natsAdapter().owners creates nothing as long as nobody uses it", async () => {
  await using engine = await startNats();
  await using node = await NotingNode.start({ servers: engine.url });
  assert(node.adapter.owners);
  assertEquals(await withManager(engine.url, async ({ streams }) => (await streams.names().next()).length), 0);
});

engineTest("nats", "natsAdapter().owners needs no other rights than those that are documented", async () => {
  const credentials = { user: "app", password: "right" };
  const rights = ["$JS.API.STREAM.INFO.*", "$JS.API.STREAM.CREATE.*", "$JS.API.STREAM.MSG.GET.*"];
  const permissions = { publish: ["urvogel.>", ...rights], subscribe: ["urvogel.>"] };
  await using engine = await startNats({ credentials, permissions });
  await using node = await startUsed({ servers: engine.url });
  const { owners } = node.adapter;
  const [a, b] = [await owners.open("a", 10_000), await owners.open("b", TTL_MS)];
  await b.close();
  assertEquals(await a.renew(), true);
  const waiting = assertRejects(() => a.claim("k"), Error, "has ended"); // no session of 10 s was there before
  await a.close();
  await waiting;
});

engineTest(
  "nats",
  "natsAdapter().owners ends a session in the log, so that a late renewal finds it ended",
  async () => {
    await using engine = await startNats();
    await using node = await startUsed({ servers: engine.url });
    const { owners } = node.adapter;
    const a = await owners.open("a", TTL_MS);
    const { token } = await a.claim("k");
    const name = `urvogel_o_s_${TTL_MS}`;
    await withManager(engine.url, ({ streams }) => streams.purge(name)); // as if its time were over
    const b = await owners.open("b", TTL_MS);
    const taken = await b.claim("k");
    assert(taken.isOwn && taken.token > token);
    assertEquals(await a.renew(), false);
    await assertRejects(() => a.claim("k"), Error, "has ended");
  },
);

engineTest("nats", "natsAdapter().owners counts a renewal whose reply was lost", async () => {
  await using engine = await startNats();
  await using node = await startUsed({ servers: engine.url });
  const a = await node.adapter.owners.open("a", 10_000);
  const client = await connect({ servers: engine.url });
  const { streams } = await jetstreamManager(client);
  const entry = await streams.getMessage("urvogel_o_s_10000", { seq: 1 });
  client.publish(entry!.subject, entry!.data); // NATS has it, and the session has not heard of it
  await client.flush();
  assertEquals([await a.renew(), await a.renew()], [true, true]);
  await client.close();
});

engineTest("nats", "natsAdapter().owners counts all renewals that overlap", async () => {
  await using engine = await startNats();
  await using node = await startUsed({ servers: engine.url });
  const a = await node.adapter.owners.open("a", 10_000);
  assertEquals(await Promise.all(Array.from({ length: 5 }, () => a.renew())), Array(5).fill(true));
  await a.close();
});

engineTest("nats", "natsAdapter().owners gives higher tokens than before when the clock was set back", async () => {
  await using engine = await startNats();
  await using node = await startUsed({ servers: engine.url });
  const token = (BigInt(Date.now()) + 3_600_000n) * 1000n;
  const client = await connect({ servers: engine.url });
  const released = encodeKeyEntry({ ...ENTRY, node: "", session: "", token });
  client.publish("urvogel.o.k.aw", JSON.stringify(released)); // the key "k"
  await client.flush();
  await client.close();
  const session = await node.adapter.owners.open("a", TTL_MS);
  assertEquals(await session.claim("k"), { node: "a", token: token + 1n, isOwn: true });
});

Deno.test("decodeKeyEntry() reads what encodeKeyEntry() wrote, and nothing else", () => {
  const value = encodeKeyEntry(ENTRY) as Record<string, unknown>;
  assertEquals(decodeKeyEntry(JSON.parse(JSON.stringify(value))), ENTRY);
  const others = [undefined, null, 1, "a", [], {}];
  const changed = [{ node: "a b" }, { session: "a.>" }, { session: 1 }, { ttlMs: 0 }, { ttlMs: "1" }, { token: 7 }];
  for (const other of [...others, ...changed.map((change) => ({ ...value, ...change })), { ...value, token: "-1" }]) {
    assertEquals(decodeKeyEntry(other), undefined);
  }
});

Deno.test("nextToken() is the clock in microseconds, or one more than the last", () => {
  assertEquals([nextToken(1.5, 0n), nextToken(1.5, 1499n), nextToken(1.5, 1500n)], [1500n, 1500n, 1501n]);
});

/** Entries of keys, as NATS keeps them. */
class Entries {
  readonly written: unknown[] = [];
  readonly entries = new Map<string, OwnerEntry>();
  isDeaf = false;
  #seq = 10;

  keys() {
    return Promise.resolve({ name: "k", subject: "k.", createdMs: 0 });
  }
  sessions() {
    return this.keys();
  }
  overwrite() {
    return Promise.resolve();
  }
  read(_: unknown, name: string) {
    return Promise.resolve(this.entries.get(name));
  }
  write(_: unknown, name: string, value: unknown, expected: number) {
    this.written.push([name, value, expected]);
    if ((this.entries.get(name)?.seq ?? 0) !== expected) return Promise.resolve(undefined);
    const seq = ++this.#seq;
    this.entries.set(name, { seq, atMs: Date.now(), value });
    return this.isDeaf ? Promise.reject(new Error("no reply")) : Promise.resolve(seq);
  }
}

function upkeepOf(time: FakeTime, names: readonly string[]) {
  const streams = new Entries();
  const upkeep = new KeyUpkeep();
  for (const [seq, name] of names.entries()) {
    upkeep.keep(name, ENTRY, seq);
    streams.entries.set(name, { seq, atMs: Date.now(), value: encodeKeyEntry(ENTRY) });
  }
  const run = async (hours: number) => {
    await time.tickAsync(hours * 3_600_000);
    upkeep.run(streams);
    await time.runMicrotasks();
    return streams.written.splice(0);
  };
  return { streams, upkeep, run };
}

Deno.test("KeyUpkeep writes old entries again, with their token", async () => {
  using time = new FakeTime();
  const { streams, upkeep, run } = upkeepOf(time, ["kept", "stolen", "released"]);
  streams.entries.set("stolen", { seq: 9, atMs: 0, value: encodeKeyEntry({ ...ENTRY, session: "01K" }) });
  upkeep.forget("released", ENTRY.token);
  assertEquals(await run(7), []);
  assertEquals(await run(2), [["kept", encodeKeyEntry(ENTRY), 0], ["stolen", encodeKeyEntry(ENTRY), 1]]);
  assertEquals(await run(7), []);
  assertEquals(await run(2), [["kept", encodeKeyEntry(ENTRY), 11]]);
});

Deno.test("KeyUpkeep goes on with an entry that it has written without getting the reply", async () => {
  using time = new FakeTime();
  const { streams, run } = upkeepOf(time, ["kept"]);
  streams.isDeaf = true;
  assertEquals(await run(9), [["kept", encodeKeyEntry(ENTRY), 0]]);
  streams.isDeaf = false;
  assertEquals(await run(1), [["kept", encodeKeyEntry(ENTRY), 0]]); // NATS has 11
  assertEquals(await run(9), [["kept", encodeKeyEntry(ENTRY), 11]]);
});

Deno.test("a session at NATS does not read its clock from a renewal whose reply was lost", async () => {
  using time = new FakeTime(0);
  const streams = new Entries();
  const link = { use: <T>(_: string, act: (streams: OwnerStreams) => Promise<T>) => act(streams as never) };
  const session = await NatsOwnerSession.open("a", 1000, link as never);
  await time.tickAsync(600);
  streams.isDeaf = true;
  await assertRejects(() => session.renew(), Error, "no reply");
  streams.isDeaf = false;
  const renewed = session.renew();
  const claimed = session.claim("k"); // streams that were created now give no key before 1000
  await time.tickAsync(300);
  await renewed;
  assertEquals([...streams.entries.keys()].length, 1);
  await time.tickAsync(200);
  assertEquals((await claimed).isOwn, true);
  await session.close();
});
