/**
 * Owners whose token is lower than one that the store has seen, although no later owner was there: a clock was set back.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  DynamicSupervisor,
  GenServer,
  KeyedServers,
  type LoadedState,
  MemoryOwners,
  MemoryStore,
  type OwnerEngine,
  type OwnerSession,
  OwnershipLostError,
  ownershipOf,
  type OwnerStore,
  PubSub,
  reply,
} from "@urvogel/realtime";
import { Hub } from "../support/pubsub_hub.ts";

/** Later than the clock. */
const SEEN = 9_000_000_000_000_000n;

class CountServer extends GenServer<number, { calls: { add(): number; token(): string } }> {
  override init(saved: number) {
    return saved;
  }
  override handleCall = this.calls({
    add: async (count) => {
      await ownershipOf(this.self)!.save(count + 1);
      return reply(count + 1, count + 1);
    },
    token: (count) => reply(`${ownershipOf(this.self)!.token}`, count),
  });
}

/** A node; with `owners` one of a cluster. */
async function start(store: OwnerStore, owners?: OwnerEngine) {
  const supervisor = await DynamicSupervisor.start();
  const pubsub = new PubSub(owners && { adapter: Object.assign(new Hub().adapter("a"), { owners }) });
  const arg = (_key: string, saved: unknown) => Number(saved ?? 0);
  const counts = new KeyedServers(CountServer, { supervisor, pubsub, store, saveMs: Infinity, name: "n", arg });
  return {
    counts,
    async [Symbol.asyncDispose]() {
      await pubsub.stop();
      await supervisor.stop("shutdown");
    },
  };
}

const NODES: readonly (readonly [what: string, owners: () => OwnerEngine | undefined])[] = [
  ["on a node that runs alone", () => undefined],
  ["in a cluster", () => new MemoryOwners()],
];
for (const [what, owners] of NODES) {
  Deno.test(`a server gets a higher token than the store has seen before the clock was set back, ${what}`, async () => {
    const store = new MemoryStore();
    await store.save("n:7", 41, SEEN);
    await using node = await start(store, owners());
    assertEquals(await (await node.counts.ensure("7")).call("add"), 42);
    assertEquals(await (await node.counts.ensure("7")).call("token"), `${SEEN + 1n}`);
    assertEquals(await store.save("n:7", 0, SEEN), "refused", "the former owner is fenced off");
    await node.counts.stop("7");
    assertEquals(await (await node.counts.ensure("7")).call("add"), 43);
    assertEquals(await (await node.counts.ensure("7")).call("token"), `${SEEN + 2n}`);
  });
}

/** A store in which the owner of a later session has loaded when the one of the first session asks. */
class Overtaken extends MemoryStore {
  session: OwnerSession | undefined;
  /** The token of that owner. */
  nextToken: bigint | undefined;
  readonly #owners: MemoryOwners;

  constructor(owners: MemoryOwners) {
    super();
    this.#owners = owners;
  }

  override async load(key: string, token: bigint): Promise<LoadedState> {
    const { session } = this;
    this.session = undefined;
    await session?.close();
    if (session) {
      const next = await (await this.#owners.open("b", 60_000)).claim(key);
      assert(next.isOwn && next.token > token);
      this.nextToken = next.token;
      await super.load(key, next.token);
    }
    return await super.load(key, token);
  }
}

Deno.test("a server whose key has a later owner gets no higher token, and does not start", async () => {
  const owners = new MemoryOwners();
  const store = new Overtaken(owners);
  const watched: OwnerEngine = { open: async (...args) => store.session = await owners.open(...args) };
  await using node = await start(store, watched);
  await assertRejects(() => node.counts.ensure("7"), OwnershipLostError);
  assert(store.nextToken !== undefined);
  assertEquals(await store.save("n:7", 1, store.nextToken), "saved", "nothing has raised the token");
});

Deno.test("a server does not start when its store says nothing of the token that it has seen", async () => {
  const memory = new MemoryStore();
  await memory.save("n:7", 41, SEEN);
  const load = async (key: string, token: bigint): Promise<LoadedState> => {
    const loaded = await memory.load(key, token);
    return loaded.status === "refused" ? { status: "refused" } : loaded;
  };
  await using node = await start({ load, save: (...args) => memory.save(...args) });
  await assertRejects(() => node.counts.ensure("7"), OwnershipLostError);
});

Deno.test("a server does not start when a later owner has taken the same higher token", async () => {
  const owners = new MemoryOwners();
  const memory = new MemoryStore();
  await memory.save("n:7", 41, SEEN);
  let session: OwnerSession | undefined;
  const load = async (key: string, token: bigint): Promise<LoadedState> => {
    if (token > SEEN) { // the node has asked the engine just before
      await session!.close();
      assert((await (await owners.open("b", 60_000)).claim(key)).isOwn);
      await memory.load(key, SEEN + 1n); // as the server of that node
    }
    return await memory.load(key, token);
  };
  const watched: OwnerEngine = { open: async (...args) => session = await owners.open(...args) };
  await using node = await start({ load, save: (...args) => memory.save(...args) }, watched);
  await assertRejects(() => node.counts.ensure("7"), OwnershipLostError);
});
