/**
 * An owner that was stopped for longer than its session lives, and does not know it: what it saves is refused. With each
 * engine, and its own store if it has one.
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { retry } from "@std/async/retry";
import {
  DynamicSupervisor,
  type DynamicSupervisorRef,
  GenServer,
  KeyedServers,
  MemoryStore,
  onTelemetry,
  type OwnerEngine,
  type OwnerSession,
  ownershipOf,
  type OwnerStore,
  PubSub,
  type PubSubAdapter,
  reply,
} from "@urvogel/realtime";
import { adapterOf } from "../../fixtures/phoenix_app/adapter.ts";
import { hasEngine } from "../../support/engines/binaries.ts";
import { ENGINES, startEngine } from "../../support/engines/start.ts";
import { until } from "../../support/until.ts";

/** A new engine gives no key before this time is over. */
const TTL_MS = 2000;

class ListServer extends GenServer<readonly string[], { calls: { add(entry: string): string[]; token(): string } }> {
  override init(saved: readonly string[]) {
    return saved;
  }
  override handleCall = this.calls({
    add: async (entries, entry) => {
      const next = [...entries, entry];
      await ownershipOf(this.self)!.save(next);
      return reply(next, next);
    },
    token: (entries) => reply(`${ownershipOf(this.self)!.token}`, entries),
  });
}

type Adapter = PubSubAdapter & { readonly owners: OwnerEngine; readonly store?: OwnerStore };

/** A node whose session can end at the engine without its knowledge, as if it had been stopped for longer than that. */
class StoppableNode implements AsyncDisposable {
  /** Lists in the store of the adapter, if it has one. */
  readonly lists: KeyedServers<typeof ListServer>;
  readonly #pubsub: PubSub;
  readonly #supervisor: DynamicSupervisorRef;
  #session: OwnerSession | undefined;
  #isStopped = false;

  static async start(bus: string, outside: OwnerStore): Promise<StoppableNode> {
    const node = new StoppableNode(await adapterOf(bus) as Adapter, outside, await DynamicSupervisor.start());
    await node.#pubsub.ready;
    return node;
  }

  private constructor(adapter: Adapter, outside: OwnerStore, supervisor: DynamicSupervisorRef) {
    this.#supervisor = supervisor;
    this.#deceive(adapter.owners);
    this.#pubsub = new PubSub({ adapter, heartbeatMs: 100, downMs: 400, ownerTtlMs: TTL_MS });
    this.lists = new KeyedServers(ListServer, {
      supervisor,
      pubsub: this.#pubsub,
      scope: "cluster",
      store: adapter.store ?? outside,
      saveMs: Infinity,
      arg: (_key, saved) => saved as readonly string[] | undefined ?? [],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pubsub.stop();
    await this.#supervisor.stop("shutdown");
  }

  /** Ends the session, and lets the node believe that it is renewed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#session!.close();
  }

  /** Lets the node notice it. */
  resume(): void {
    this.#isStopped = false;
  }

  #deceive(owners: OwnerEngine): void {
    const open = owners.open.bind(owners);
    owners.open = async (node, ttlMs) => {
      const session = this.#session = await open(node, ttlMs);
      const renew = session.renew.bind(session);
      return Object.assign(session, { renew: () => this.#isStopped ? Promise.resolve(true) : renew() });
    };
  }
}

async function add({ lists }: StoppableNode, entry: string): Promise<readonly string[]> {
  return await (await lists.ensure("k")).call("add", entry);
}

async function tokenOf({ lists }: StoppableNode): Promise<bigint> {
  return BigInt(await (await lists.ensure("k")).call("token"));
}

/** Repeats an action until it does not fail: until the node has a session. */
async function eventually<T>(action: () => Promise<T>): Promise<T> {
  return await retry(action, { maxAttempts: 1000, minTimeout: 20, maxTimeout: 20, multiplier: 1 });
}

/** The old owner is refused, and ends. Afterwards it finds the new one. */
async function refuseStopped(old: StoppableNode, next: StoppableNode): Promise<void> {
  await eventually(() => old.lists.ensure("k"));
  assertEquals(await add(old, "old"), ["old"]);
  const token = await tokenOf(old);
  const server = old.lists.whereis("k")!;
  await old.stop();
  await eventually(() => next.lists.ensure("k"));
  assertEquals(await add(next, "next"), ["old", "next"]);
  assert(await tokenOf(next) > token);
  assertMatch(String(await assertRejects(() => server.call("add", "late"))), /ownership|lost/i);
  await until(() => !server.alive, "the old owner ends");
  assertEquals(await add(next, "after"), ["old", "next", "after"]);
  old.resume();
  assertEquals(await eventually(() => add(old, "again")), ["old", "next", "after", "again"]);
}

const buses = [...ENGINES.filter(hasEngine), "threads"] as const;

Deno.test("an owner that was stopped for too long cannot save any more, and ends", async () => {
  const off = onTelemetry("urvogel:owner:session_lost", () => {});
  await Promise.all(buses.map(async (bus) => {
    await using engine = bus === "threads" ? undefined : await startEngine(bus);
    const outside = new MemoryStore();
    await using old = await StoppableNode.start(engine?.url ?? bus, outside);
    await using next = await StoppableNode.start(engine?.url ?? bus, outside);
    await refuseStopped(old, next);
  }));
  off();
});
