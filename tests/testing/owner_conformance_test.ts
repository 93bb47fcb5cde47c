import { assert, assertRejects } from "@std/assert";
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

for (const [name, [id, fault]] of Object.entries(FAULTS)) {
  Deno.test(`ownerConformance() finds an engine that ${name}`, async () => {
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
          ...fault(session),
        };
      },
    };
    const test = ownerConformance({ open: () => ({ createNode: () => ({ owners }) }), numbers }).find((test) =>
      test.id === id
    );
    assert(test);
    await assertRejects(test.fn);
  });
}

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
