import { assert, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { FakeTime } from "@std/testing/time";
import { MemoryOwners, MemoryStore, type OwnerEngine, type OwnerSession, type OwnerStore } from "@urvogel/realtime";
import { ownerConformance, type OwnerConformanceCaseId, storeConformance } from "@urvogel/realtime/testing";
import { MemoryOwnerEngine } from "../support/memory_owner_engine.ts";

const numbers = { ttlMs: 300 };
const cases = ownerConformance({
  open: () => {
    const engine = new MemoryOwnerEngine();
    return { createNode: () => ({ owners: engine.connect() }), engine };
  },
  numbers,
});
for (const test of cases) Deno.test({ ...test, name: `MemoryOwners: ${test.name}` });

const storeCases = storeConformance({
  open: () => {
    const store = new MemoryStore();
    return { connect: () => store };
  },
  skip: { kill: "it is in this program" },
});
for (const test of storeCases) Deno.test({ ...test, name: `MemoryStore: ${test.name}` });

/** Engines that break the contract in one way, and the case that finds it. */
const FAULTS: Readonly<
  Record<string, readonly [OwnerConformanceCaseId, (session: OwnerSession) => Partial<OwnerSession>]>
> = {
  "takes what is taken": ["claim", () => ({ claim: () => Promise.resolve({ node: "a", token: 1n, isOwn: true }) })],
  "gives keys away": ["contest", (session) => ({
    claim: async (key) => ({ ...await session.claim(key), isOwn: true }),
  })],
  "forgets to release": ["release", () => ({ release: () => Promise.resolve() })],
  "forgets to close": ["close", () => ({ close: () => Promise.resolve() })],
  "says that it was renewed": ["expire", () => ({ renew: () => Promise.resolve(true) })],
  "does not renew": ["renew", () => ({ renew: () => Promise.resolve(true) })],
  "cuts keys": ["keys", (session) => ({
    claim: (key) => session.claim(key.trim()),
    ownerOf: (key) => session.ownerOf(key.trim()),
  })],
};

/** The case `id` for an engine whose sessions do something else than those of memory. */
function caseOf(id: OwnerConformanceCaseId, change: (session: OwnerSession) => Partial<OwnerSession>) {
  const memory = new MemoryOwners();
  const owners: OwnerEngine = {
    async open(node, ttlMs) {
      const session = await memory.open(node, ttlMs);
      return {
        renew: () => session.renew(),
        claim: (key) => session.claim(key),
        ownerOf: (key) => session.ownerOf(key),
        release: (key, token) => session.release(key, token),
        close: () => session.close(),
        ...change(session),
      };
    },
  };
  const test = ownerConformance({ open: () => ({ createNode: () => ({ owners }) }), numbers }).find((test) =>
    test.id === id
  );
  assert(test);
  return test;
}

for (const [name, [id, fault]] of Object.entries(FAULTS)) {
  Deno.test(`ownerConformance() finds an engine that ${name}`, async () => {
    await assertRejects(caseOf(id, fault).fn);
  });
}

Deno.test("ownerConformance() gives sessions more time when they cannot be renewed in time", async () => {
  using time = new FakeTime();
  const renewing = caseOf("renew", (session) => ({
    renew: async () => {
      const exists = await session.renew();
      await delay(150); // more than the library waits with 300 ms, less than with 600 ms
      return exists;
    },
  }));
  let isOver = false;
  const over = renewing.fn().finally(() => isOver = true);
  while (!isOver) await time.tickAsync(10);
  await over;
});

Deno.test("ownerConformance() finds an engine that is always too slow to renew", async () => {
  using time = new FakeTime();
  let isOver = false;
  const over = caseOf("renew", () => ({ renew: () => new Promise(() => {}) })).fn().finally(() => isOver = true);
  const refused = assertRejects(() => over, Error, "A session that is renewed does not end.");
  while (!isOver) await time.tickAsync(100);
  await refused;
});

const STORE_FAULTS: Readonly<Record<string, readonly [string, (store: OwnerStore) => Partial<OwnerStore>]>> = {
  "loads without a fence": ["fence", (store) => ({ load: (key) => store.load(key, 0n) })],
  "does not refuse": ["refuse", (store) => ({ save: async (...args) => (await store.save(...args), "saved") })],
  "forgets": ["load", () => ({ load: () => Promise.resolve({ status: "loaded", state: undefined }) })],
  "keeps text only": ["states", (store) => ({
    save: (key, state, token) => store.save(key, JSON.parse(JSON.stringify(state)), token),
  })],
};

for (const [name, [id, fault]] of Object.entries(STORE_FAULTS)) {
  Deno.test(`storeConformance() finds a store that ${name}`, async () => {
    const memory = new MemoryStore();
    const store: OwnerStore = {
      load: (key, token) => memory.load(key, token),
      save: (key, state, token) => memory.save(key, state, token),
      ...fault(memory),
    };
    const test = storeConformance({ open: () => ({ connect: () => store }) }).find((test) => test.id === id);
    assert(test);
    await assertRejects(test.fn);
  });
}
