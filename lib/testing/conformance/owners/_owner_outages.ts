/**
 * Cases about an owner engine that is away, and about what it may have lost.
 *
 * @module
 */

import { assert } from "@std/assert/assert";
import { assertEquals } from "@std/assert/equals";
import { assertRejects } from "@std/assert/rejects";
import { pause } from "../../../base/pause.ts";
import type { OwnerStore } from "../../../cluster/owner_store.ts";
import { lacks } from "../_patience.ts";
import { assertFenced, storeOf } from "./_fencing.ts";
import type { OwnerSite, RenewedSession } from "./_owner_site.ts";

/** While the engine is away nothing can be claimed. When it is back, there is one owner: the former or none. */
export async function survivesKill(site: OwnerSite): Promise<void> {
  await outage(site, () => site.engine.restart());
}

/** An engine that comes back empty has lost its sessions. Its tokens still rise, as a store that kept its data demands. */
export async function survivesLoss(site: OwnerSite): Promise<void> {
  await outage(site, () => site.engine.restart({ empty: true }));
}

async function outage(site: OwnerSite, restart: () => void | PromiseLike<void>): Promise<void> {
  const [engine, other] = [await site.node(), await site.node()];
  const a = await site.renewed(engine, "a");
  const { token } = await a.live.claim("k");
  const store = await storeOf(token);
  await site.engine.kill();
  await assertRejects(() => site.soon(a.live.claim("x"), "claim() settles while the engine is away"));
  await restart();
  const b = await site.renewed(other, "b");
  await site.until(
    () => takenOver(a, b, token, store),
    "the key has its owner, or another one later",
    site.numbers.backMs + 3 * site.numbers.ttlMs,
  );
}

/**
 * Returns whether the former owner still has the key, or another one has it now. The other may have it only after the
 * former has given up.
 */
async function takenOver(
  a: RenewedSession,
  b: RenewedSession,
  token: bigint,
  store: OwnerStore,
): Promise<boolean> {
  const claim = await b.live.claim("k").catch(() => pause(20).then(() => undefined));
  if (!claim) return false;
  if (claim.isOwn) {
    assert(!a.live.isReliable, "Another node has a key only after its owner has given up.");
    assert(claim.token > token, "The next owner has a higher token.");
    await assertFenced(store, token, claim.token);
    return true;
  }
  assertEquals([claim.node, claim.token], ["a", token], "The former owner has the key, with its token.");
  return a.live.isReliable && await a.live.claim("k").then(({ isOwn }) => isOwn, () => false);
}

/** A silent engine is noticed: what is asked of it settles, and the owner gives up in time. */
export async function survivesPause(site: OwnerSite): Promise<void> {
  const { engine } = site;
  if (!engine.pause || !engine.resume) throw lacks("engine.pause");
  const [node, other] = [await site.node(), await site.node()];
  const a = await site.renewed(node, "a");
  const { token } = await a.live.claim("k");
  const store = await storeOf(token);
  await engine.pause();
  const claimed = a.live.claim("x");
  claimed.catch(() => {}); // it is awaited below
  await site.until(() => a.lost.length > 0, "the owner gives up while the engine is silent", 2 * site.numbers.ttlMs);
  await assertRejects(() => site.soon(claimed, "claim() settles although the engine is silent"));
  await engine.resume();
  const b = await site.renewed(other, "b");
  await site.until(
    () => takenOver(a, b, token, store),
    "another node has the key",
    site.numbers.backMs + 3 * site.numbers.ttlMs,
  );
}
