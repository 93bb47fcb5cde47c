/**
 * Owners of keys under any schedule of what may happen to nodes, their bus and their engine.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import {
  DynamicSupervisor,
  type DynamicSupervisorRef,
  GenServer,
  type JsonOrBytes,
  KeyedServers,
  MemoryStore,
  onTelemetry,
  ownershipOf,
  PubSub,
  reply,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { BreakableOwners, pass, passUntil } from "../support/keyed_nodes.ts";
import { Hub } from "../support/pubsub_hub.ts";

const NAMES = ["a", "b", "c"];
const KEYS = ["x", "y"];
/** A session's time and a second. */
const RECOVERY_MS = 3000;

type Act =
  | { readonly act: "add" | "stop" | "kill"; readonly node: string; readonly key: string }
  | { readonly act: "cut" | "deafen" | "mend" | "stopNode" | "island"; readonly node: string }
  | { readonly act: "heal" | "loseReplies" | "keepReplies" }
  | { readonly act: "pass"; readonly ms: number };

const node = fc.constantFrom(...NAMES);
const key = fc.constantFrom(...KEYS);
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant("add" as const), node, key }) },
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant("pass" as const), ms: fc.constantFrom(50, 200, 700, 1400, 2500) }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom("stop" as const, "kill" as const), node, key }) },
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constantFrom("cut" as const, "deafen" as const, "mend" as const), node }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("island" as const), node }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constantFrom("heal" as const, "loseReplies" as const, "keepReplies" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("stopNode" as const), node }) },
);
const schedules = fc.array(act, { minLength: 5, maxLength: 30, size: "max" });

/** What all servers of a run did. */
class World {
  readonly running = new Map<string, string>();
  readonly tokens = new Map<string, bigint>();
  readonly acknowledged = new Map<string, string[]>();
  readonly faults: string[] = [];

  start(key: string, node: string, token: bigint): void {
    const other = this.running.get(key);
    if (other !== undefined) this.faults.push(`${key} starts on ${node} while it runs on ${other}`);
    if (token <= (this.tokens.get(key) ?? 0n)) this.faults.push(`the token of ${key} did not rise`);
    this.tokens.set(key, token);
    this.running.set(key, node);
  }
}

interface Start {
  readonly key: string;
  readonly node: string;
  readonly world: World;
  readonly entries: readonly string[];
}

/** A list that is saved before an entry is acknowledged. */
class ListServer extends GenServer<Start, { calls: { add(entry: string): number } }> {
  override init(start: Start) {
    const { key, node, world } = start;
    world.start(key, node, ownershipOf(this.self)!.token);
    this.self.signal.addEventListener("abort", () => {
      if (world.running.get(key) === node) world.running.delete(key);
    });
    return start;
  }
  override handleCall = this.calls({
    add: async (state, entry) => {
      const entries = [...state.entries, entry];
      await ownershipOf(this.self)!.save({ entries });
      return reply(entries.length, { ...state, entries });
    },
  });
  override async terminate() {
    await new Promise((resolve) => setTimeout(resolve, 70));
  }
}

class Node {
  readonly pubsub: PubSub;
  readonly lists: KeyedServers<typeof ListServer>;

  constructor(
    hub: Hub,
    owners: BreakableOwners,
    world: World,
    store: MemoryStore,
    readonly name: string,
    readonly supervisor: DynamicSupervisorRef,
  ) {
    const adapter = Object.assign(hub.adapter(name), { owners });
    this.pubsub = new PubSub({ adapter, heartbeatMs: 100, downMs: 300, ownerTtlMs: 2000 });
    this.lists = new KeyedServers(ListServer, {
      supervisor,
      pubsub: this.pubsub,
      store,
      saveMs: Infinity,
      arg: (key, saved) => ({ key, node: name, world, entries: entriesOf(saved) }),
    });
  }
}

function entriesOf(saved: JsonOrBytes | undefined): readonly string[] {
  return (saved as { readonly entries: readonly string[] } | undefined)?.entries ?? [];
}

/** Runs a schedule, and then lets all be well again. */
async function run(schedule: readonly Act[]): Promise<void> {
  using time = new FakeTime();
  using _crashes = new Crashes();
  const quiet = ["urvogel:owner:session_lost", "urvogel:owner:save_failed"] as const;
  const unlisten = quiet.map((event) => onTelemetry(event, () => {}));
  const [hub, owners, world, store] = [new Hub(), new BreakableOwners(), new World(), new MemoryStore()];
  const nodes = new Map<string, Node>();
  for (const name of NAMES) {
    nodes.set(name, new Node(hub, owners, world, store, name, await DynamicSupervisor.start()));
  }
  owners.delayMs = 40;
  await pass(time, 100);
  const open = new Set<Promise<void>>();
  const stopped = new Set<string>();
  let entries = 0;
  for (const act of schedule) {
    await perform(act);
    await settle({ timeoutMs: 0 });
  }
  for (const nodes of [owners.cut, owners.deaf]) nodes.clear();
  hub.decide = () => "deliver";
  hub.heal();
  for (let left = 20_000; open.size > 0 && left > 0; left -= 200) await pass(time, 200);
  assertEquals(open.size, 0, "all that was begun has settled");
  await pass(time, RECOVERY_MS);
  const running = [...nodes.values()].filter(({ name }) => !stopped.has(name));
  for (const [index, key] of KEYS.entries()) { // whoever asks first: no key belongs to a node that does not serve it
    const asking = running.at(-index);
    if (asking) await passUntil(time, asking.lists.ensure(key), RECOVERY_MS);
  }
  assertEquals(world.faults, []);
  for (const key of KEYS) {
    const loaded = await store.load(`ListServer:${key}`, (world.tokens.get(key) ?? 0n) + 1n);
    assert(loaded.status === "loaded");
    const kept = new Set(entriesOf(loaded.state));
    assertEquals(kept.size, entriesOf(loaded.state).length, "a call is handled at most once");
    for (const entry of world.acknowledged.get(key) ?? []) assert(kept.has(entry), `${entry} of ${key} is lost`);
  }
  for (const { pubsub, supervisor } of nodes.values()) {
    await passUntil(time, pubsub.stop());
    await passUntil(time, supervisor.stop("shutdown"));
  }
  for (const off of unlisten) off();

  async function perform(act: Act): Promise<void> {
    switch (act.act) {
      case "add": {
        const entry = `${entries++}`;
        const going = add(nodes.get(act.node)!, act.key, entry).catch(() => {}).finally(() => open.delete(going));
        return void open.add(going);
      }
      case "stop":
        return void nodes.get(act.node)!.lists.stop(act.key).catch(() => {});
      case "kill":
        return nodes.get(act.node)!.lists.whereis(act.key)?.exit("kill");
      case "cut":
        return void owners.cut.add(act.node);
      case "mend":
        return [owners.cut, owners.deaf].forEach((nodes) => nodes.delete(act.node));
      case "deafen":
        return void owners.deaf.add(act.node);
      case "island":
        return hub.part([act.node], NAMES.filter((name) => name !== act.node));
      case "heal":
        return hub.heal();
      case "loseReplies":
        hub.decide = (_from, _to, { event }) => event === "reply" ? "lose" : "deliver";
        return;
      case "keepReplies":
        hub.decide = () => "deliver";
        return;
      case "stopNode":
        stopped.add(act.node);
        return void nodes.get(act.node)!.pubsub.stop(); // which goes on meanwhile
      case "pass":
        return await pass(time, act.ms);
    }
  }

  async function add({ lists }: Node, key: string, entry: string): Promise<void> {
    const list = await lists.ensure(key);
    await list.call("add", entry);
    world.acknowledged.set(key, [...world.acknowledged.get(key) ?? [], entry]);
  }
}

Deno.test("KeyedServers never have two owners of a key, and lose nothing that was acknowledged", async () => {
  await fc.assert(fc.asyncProperty(schedules, run), { numRuns: 150 });
});
