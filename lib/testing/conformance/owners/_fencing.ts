/**
 * What the tokens of an owner engine are for: a store that kept its data accepts the next owner, and refuses the former.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { MemoryStore, type OwnerStore } from "../../../cluster/owner_store.ts";

/** Returns a store, outside the engine, in which the owner with this token has saved a state. */
export async function storeOf(token: bigint): Promise<OwnerStore> {
  const store = new MemoryStore();
  await store.save("k", "acknowledged", token);
  return store;
}

/** Asserts that the next owner gets what the former saved, and that the former can save no more. */
export async function assertFenced(store: OwnerStore, former: bigint, next: bigint): Promise<void> {
  const loaded = await store.load("k", next);
  assertEquals(loaded, { status: "loaded", state: "acknowledged" }, "A store accepts the token of the next owner.");
  assertEquals(await store.save("k", "late", former), "refused", "A store refuses the former owner.");
  assertEquals(await store.save("k", "next", next), "saved", "The next owner can save.");
}
