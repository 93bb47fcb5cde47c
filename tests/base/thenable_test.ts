import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { isThenable, whenDone, whenSettled } from "../../lib/base/thenable.ts";
import { foreignPromise, later } from "../support/thenables.ts";

const callable = Object.assign(() => {}, { then: () => {} });
for (const [what, value] of [["a promise", Promise.resolve()], ["a thenable", later(1)], ["a function", callable]]) {
  Deno.test(`isThenable() is true for ${what}`, () => assertEquals(isThenable(value), true));
}

Deno.test("isThenable() is true for a promise of another realm", () => {
  const promise = foreignPromise(1);
  assertEquals(promise instanceof Promise, false);
  assertEquals(isThenable(promise), true);
});

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const throwing = Object.defineProperty({}, "then", {
  get() {
    throw new Error("no");
  },
});
const others = [undefined, null, 0, "then", {}, { then: 1 }, () => {}, Symbol("then"), revoked, throwing];
for (const [i, value] of others.entries()) {
  Deno.test(`isThenable() is false for what await does not wait for (${i})`, () => {
    assertEquals(isThenable(value), false);
  });
}

Deno.test("whenDone() goes on at once with a value, and later with what comes later", async () => {
  assertEquals(whenDone(1, (n) => n + 1), 2);
  const result = whenDone(later(1), (n) => n + 1);
  assert(result instanceof Promise);
  assertEquals(await result, 2);
});

const fails = () => {
  throw new Error("no");
};
const caught = (thrown: unknown) => `caught ${(thrown as Error).message}`;

Deno.test("whenSettled() goes on at once with what was returned or thrown, and later with what comes later", async () => {
  assertEquals(whenSettled(() => 1, (n) => `${n}`, caught), "1");
  assertEquals(whenSettled(fails, () => "", caught), "caught no");
  const [done, rejected] = [
    whenSettled(() => later(1), (n) => `${n}`, caught),
    whenSettled(() => Promise.reject(new Error("no")), () => "", caught),
  ];
  assert(done instanceof Promise && rejected instanceof Promise);
  assertEquals(await Promise.all([done, rejected]), ["1", "caught no"]);
});

Deno.test("whenSettled() does not catch what next throws", async () => {
  assertThrows(() => whenSettled(() => 1, fails, caught), Error, "no");
  await assertRejects(async () => await whenSettled(() => later(1), fails, caught), Error, "no");
});
