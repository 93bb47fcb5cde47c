import assert from "node:assert/strict";
import { parseParams } from "../../lib/transport/params.ts";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

const cases: [query: string, params: unknown][] = [
  ["", {}],
  ["?vsn=2.0.0&a=1", { vsn: "2.0.0", a: "1" }],
  ["a=1&a=2", { a: "2" }],
  ["user[name]=ann&user[tags][]=x&user[tags][]=y", { user: { name: "ann", tags: ["x", "y"] } }],
  ["a=%C3%A9+b", { a: "é b" }],
  ["a", { a: "" }],
  ["a=%", { a: "%" }],
  ["vsn=2.0.0&", { vsn: "2.0.0" }],
];
for (const [query, params] of cases) {
  Deno.test(`parseParams() reads ${JSON.stringify(query)} as Phoenix does`, () => {
    assert.deepEqual(plain(parseParams(query)), params);
  });
}

Deno.test("parseParams() lets parameters of the path win", () => {
  assert.deepEqual(plain(parseParams("id=1&x=2", { id: "7" })), { id: "7", x: "2" });
});

for (const query of ["__proto__[x]=1", "constructor[prototype][x]=1", "a[__proto__][x]=1", "a[constructor]=1"]) {
  Deno.test(`parseParams() pollutes no prototype with ${query}`, () => {
    const params = parseParams(query);
    assert.equal(Object.getPrototypeOf(params), null);
    assert.equal(({} as { x?: unknown }).x, undefined);
    assert.equal(typeof ({}).constructor, "function");
  });
}

Deno.test("parseParams() bounds what it reads", () => {
  const many = Array.from({ length: 5000 }, (_, i) => `p${i}=1`).join("&");
  assert.equal(Object.keys(parseParams(many)).length, 1000);
  assert.doesNotThrow(() => parseParams(`a${"[b]".repeat(10_000)}=1`));
});
