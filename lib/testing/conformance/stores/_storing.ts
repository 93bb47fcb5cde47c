/**
 * The cases of the conformance suite for stores.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { assertRejects } from "@std/assert/rejects";
import { pause } from "../../../base/pause.ts";
import { withinTime } from "../../../base/within_time.ts";
import type { OwnerStore } from "../../../cluster/owner_store.ts";
import type { JsonOrBytes } from "../../../protocol/payload.ts";
import { lacks } from "../_patience.ts";
import type { StoreConformanceSite } from "./store_conformance.ts";

const TOKEN = 1_790_000_000_000_000n; // as those of real owners: microseconds
const PATIENCE_MS = 15_000;
const RACES = 20;

/** A state that was saved is loaded, on any node. */
export async function loaded(site: StoreConformanceSite): Promise<void> {
  const [a, b] = [await site.connect(), await site.connect()];
  assertEquals(await a.load("k", TOKEN), { status: "loaded", state: undefined }, "At first there is no state.");
  assertEquals(await a.save("k", { moves: 1 }, TOKEN), "saved");
  assertEquals(await a.save("k", { moves: 2 }, TOKEN), "saved", "An owner saves again and again.");
  assertEquals(await stateOf(b, "k", TOKEN + 1n), { moves: 2 }, "The next owner gets what was saved last.");
  assertEquals(await a.save("new", 1, TOKEN), "saved", "A state can be saved without a load.");
  assertEquals(await stateOf(b, "new", TOKEN), 1, "The same token may load again.");
  assertEquals(await stateOf(b, "other", TOKEN), undefined, "Another key has no state.");
}

/** Any JSON value is a state, and so are bytes. */
export async function anyState(site: StoreConformanceSite): Promise<void> {
  const store = await site.connect();
  const states: JsonOrBytes[] = [null, false, 0, -1.5, 1e300, "", "é\0\ud83d\ude00", [], [[1, null]], {}, {
    a: { "": [] },
  }];
  const bytes = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, n) => n)];
  for (const [index, state] of [...states, { text: "x".repeat(100_000) }, ...bytes].entries()) {
    assertEquals(await store.save("k", state, TOKEN + BigInt(index)), "saved");
    assertEquals(await stateOf(store, "k", TOKEN + BigInt(index)), state, "A state is loaded as it was saved.");
  }
}

/** Any text is a key. */
export async function anyKey(site: StoreConformanceSite): Promise<void> {
  const store = await site.connect();
  const keys = ["", " ", "a.b", "a.>", "*", "a b\n\r\0", "é", "e\u0301", "\ud83d\ude00", "__proto__", "x".repeat(5000)];
  for (const key of keys) assertEquals(await store.save(key, { key }, TOKEN), "saved");
  for (const key of keys) assertEquals(await stateOf(store, key, TOKEN), { key }, "Each key has its own state.");
}

/** After `load` no lower token can save: what the new owner has loaded is the last state of the former. */
export async function fenced(site: StoreConformanceSite): Promise<void> {
  const [former, next] = [await site.connect(), await site.connect()];
  await former.save("k", "before", TOKEN);
  assertEquals(await stateOf(next, "k", TOKEN + 1n), "before");
  assertEquals(await former.save("k", "late", TOKEN), "refused", "A load fences the former owner, before any save.");
  assertEquals(await stateOf(next, "k", TOKEN + 1n), "before", "A refused save changes nothing.");
  assertEquals(await next.save("k", "after", TOKEN + 1n), "saved");
  await next.load("empty", TOKEN + 1n);
  assertEquals(await former.save("empty", "late", TOKEN), "refused", "A load fences where there is no state, too.");
}

/** A lower token is refused, and changes nothing. */
export async function refused(site: StoreConformanceSite): Promise<void> {
  const [former, next] = [await site.connect(), await site.connect()];
  await next.save("k", "next", TOKEN + 1n);
  assertEquals(await former.save("k", "late", TOKEN), "refused");
  const late = await former.load("k", TOKEN);
  assertEquals(late.status, "refused", "A lower token cannot load either.");
  const seen = late.status === "refused" ? late.token ?? TOKEN + 1n : undefined;
  assertEquals(seen, TOKEN + 1n, "A store that says which token it has seen says the highest.");
  assertEquals(await next.save("k", "still", TOKEN + 1n), "saved", "A refused load changes nothing.");
  assertEquals(await stateOf(next, "k", TOKEN + 1n), "still");
}

/** Of saves and loads at the same time the highest token wins. */
export async function concurrent(site: StoreConformanceSite): Promise<void> {
  const [former, next] = [await site.connect(), await site.connect()];
  for (let race = 0; race < RACES; race++) {
    const key = `race:${race}`;
    const [result, page] = await Promise.all([former.save(key, "former", TOKEN), next.load(key, TOKEN + 1n)]);
    const expected = result === "saved" ? "former" : undefined;
    assertEquals(page, { status: "loaded", state: expected }, "A save that succeeded is in what the next owner loads.");
    const saves = await Promise.all([former.save(key, "late", TOKEN), next.save(key, "next", TOKEN + 1n)]);
    assertEquals(saves, ["refused", "saved"]);
    assertEquals(await stateOf(next, key, TOKEN + 1n), "next");
  }
}

/** States and tokens are there for the next connection. */
export async function kept(site: StoreConformanceSite): Promise<void> {
  await (await site.connect()).save("k", { kept: true }, TOKEN + 1n);
  const store = await site.connect();
  assertEquals(await store.save("k", "late", TOKEN), "refused");
  assertEquals(await stateOf(store, "k", TOKEN + 1n), { kept: true });
}

/** What was saved survives a killed engine, and while it is away nothing is said to be saved. */
export async function survivesKill(site: StoreConformanceSite): Promise<void> {
  if (!site.engine) throw lacks("engine");
  const store = await site.connect();
  await store.save("k", "kept", TOKEN + 1n);
  await site.engine.kill();
  const late = () => new Error("It did not settle.");
  await assertRejects(() => withinTime(store.save("k", "lost", TOKEN + 1n), PATIENCE_MS, late));
  await site.engine.restart();
  const back = await retried(() => store.load("k", TOKEN + 1n));
  assertEquals(back, { status: "loaded", state: "kept" }, "What was saved is there, and nothing else.");
  assertEquals(await store.save("k", "late", TOKEN), "refused", "The token is there, too.");
}

async function stateOf(store: OwnerStore, key: string, token: bigint): Promise<JsonOrBytes | undefined> {
  const result = await store.load(key, token);
  assertEquals(result.status, "loaded");
  return result.status === "loaded" ? result.state : undefined;
}

async function retried<T>(action: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(20);
    }
  }
}
