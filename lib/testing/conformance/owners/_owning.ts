/**
 * Cases about who owns a key.
 *
 * @module
 */

import { assert } from "@std/assert/assert";
import { assertEquals } from "@std/assert/equals";
import { assertRejects } from "@std/assert/rejects";
import { assertFenced, storeOf } from "./_fencing.ts";
import type { OwnerSite } from "./_owner_site.ts";

const MORE_KEYS = 300;

/** A free key is taken once. The others learn who has it. */
export async function claimed(site: OwnerSite): Promise<void> {
  const [a, b] = [await site.session(await site.node(), "a"), await site.session(await site.node(), "b")];
  assertEquals(await b.ownerOf("k"), undefined, "A key that nobody claimed has no owner.");
  const own = await a.claim("k");
  assertEquals([own.node, own.isOwn, typeof own.token], ["a", true, "bigint"], "A free key is taken.");
  const seen = { node: "a", token: own.token, isOwn: false };
  assertEquals([await b.claim("k"), await b.ownerOf("k")], [seen, seen], "A key that is taken has this owner.");
  assertEquals([await a.claim("k"), await a.ownerOf("k")], [own, own], "Claimed again, a key keeps its token.");
  assertEquals((await b.claim("other")).isOwn, true, "Another key is free.");
}

/** Of all that claim a key at once, one gets it, and all agree which. */
export async function contested(site: OwnerSite): Promise<void> {
  const nodes = [await site.node(), await site.node(), await site.node()];
  const sessions = [];
  for (const [index, node] of nodes.entries()) sessions.push(await site.renewed(node, `n${index}`));
  for (let race = 0; race < site.numbers.races; race++) {
    const claims = await Promise.all(sessions.map(({ live }) => live.claim(`race:${race}`)));
    assertEquals(claims.filter(({ isOwn }) => isOwn).length, 1, "One of those that claim a key at once gets it.");
    assertEquals(new Set(claims.map(({ node, token }) => `${node} ${token}`)).size, 1, "All agree who has it.");
  }
}

/** A key that was released is free at once, with a higher token for the next owner. */
export async function released(site: OwnerSite): Promise<void> {
  const [a, b] = [await site.session(await site.node(), "a"), await site.session(await site.node(), "b")];
  const first = await a.claim("k");
  await b.release("k", first.token);
  await b.release("never", first.token);
  assertEquals((await b.claim("k")).isOwn, false, "A session cannot free the key of another one.");
  await a.release("k", first.token);
  assertEquals(await a.ownerOf("k"), undefined, "A key that was released has no owner.");
  const second = await b.claim("k");
  assert(second.isOwn && second.token > first.token, "The next owner has a higher token.");
  await a.release("k", first.token);
  assertEquals((await a.ownerOf("k"))?.node, "b", "A late release does not free the key of the next owner.");
  await b.release("k", second.token);
  const third = await b.claim("k");
  assert(third.token > second.token, "The same owner has a higher token the next time.");
  await b.release("k", second.token);
  assertEquals((await a.ownerOf("k"))?.token, third.token, "Nor does it if the next owner is the same session.");
}

/** The keys of a session that was closed are free at once. */
export async function closed(site: OwnerSite): Promise<void> {
  const [a, b] = [await site.session(await site.node(), "a"), await site.session(await site.node(), "b")];
  const tokens = [];
  for (const key of ["1", "2", "3"]) tokens.push((await a.claim(key)).token);
  await a.close();
  for (const [index, key] of ["1", "2", "3"].entries()) {
    const { isOwn, token } = await b.claim(key);
    assert(isOwn && token > tokens[index]!, "The keys of a closed session are free, with higher tokens.");
  }
  await assertRejects(() => a.claim("4"), "A closed session takes no keys.");
  assertEquals(await a.renew().catch(() => false), false, "A closed session does not exist any more.");
}

/** A session that is not renewed ends; its keys are free; it never exists again. */
export async function expired(site: OwnerSite): Promise<void> {
  const engine = await site.node();
  const { live: b } = await site.renewed(await site.node(), "b");
  const a = await site.session(engine, "a");
  const { token } = await a.claim("k");
  const store = await storeOf(token);
  assertEquals((await b.claim("k")).isOwn, false, "A key is not free before the end of its session.");
  await site.expire();
  const second = await b.claim("k");
  assert(second.isOwn && second.token > token, "A key is free after the end of its session, with a higher token.");
  await assertFenced(store, token, second.token);
  await assertRejects(() => a.claim("other"), "A session that has ended takes no keys.");
  assertEquals(await a.renew(), false, "A session that has ended cannot be renewed.");
  await a.release("k", token);
  assertEquals((await b.ownerOf("k"))?.isOwn, true, "A session that has ended cannot free a key.");
  const again = await site.session(engine, "a");
  assertEquals(await again.claim("k"), { node: "b", token: second.token, isOwn: false }, "A node can come back.");
}

/** An earlier session of the same node is another owner. */
export async function reopened(site: OwnerSite): Promise<void> {
  const engine = await site.node();
  const first = await site.session(engine, "a");
  const { token } = await first.claim("k");
  const second = await site.session(engine, "a");
  assertEquals(await second.claim("k"), { node: "a", token, isOwn: false }, "The earlier session has the key.");
}

/** One renewal keeps all keys. */
export async function renewed(site: OwnerSite): Promise<void> {
  const [a, b] = [await site.renewed(await site.node(), "a"), await site.renewed(await site.node(), "b")];
  const keys = Array.from({ length: MORE_KEYS }, (_, n) => `many:${n}`);
  const tokens = (await Promise.all(keys.map((key) => a.live.claim(key)))).map(({ token }) => token);
  for (let i = 0; i < 2; i++) await site.expire();
  assertEquals([...a.lost, ...b.lost], [], "A session that is renewed does not end.");
  const overlapping = await Promise.all([1, 2, 3].map(() => b.session.renew()));
  assertEquals(overlapping, [true, true, true], "Renewals that overlap all count.");
  const owners = await Promise.all(keys.map((key) => b.live.ownerOf(key)));
  const expected = tokens.map((token) => ({ node: "a", token, isOwn: false }));
  assertEquals(owners, expected, "It keeps its keys, and their tokens.");
}

/** Any text is a key, and no other one. */
export async function anyKey(site: OwnerSite): Promise<void> {
  const sessions = [await site.session(await site.node(), "a"), await site.session(await site.node(), "b")];
  const keys = [
    "",
    " ",
    "a.b",
    "a.>",
    "*",
    "a b\n\r\0",
    "é",
    "e\u0301",
    "\ud83d\ude00",
    "\ud83d",
    "__proto__",
    "x".repeat(5000),
  ];
  for (const [index, key] of keys.entries()) { // neighbours look alike, and belong to different nodes
    const name = JSON.stringify(key.slice(0, 20));
    const [own, other] = index % 2 === 0 ? sessions : sessions.toReversed();
    const { isOwn, node, token } = await own!.claim(key);
    assertEquals(isOwn, true, `${name} is a key of its own.`);
    assertEquals(await other!.ownerOf(key), { node, token, isOwn: false }, `${name} is the same key for all.`);
  }
}
