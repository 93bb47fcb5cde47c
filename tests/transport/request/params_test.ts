import { assertEquals, assertThrows } from "@std/assert";
import { MalformedParamsError, MAX_PARAM_DEPTH, parseParams } from "../../../lib/transport/request/params.ts";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

// What Plug.Conn.Query.decode returns for the same text.
const cases: [query: string, params: unknown][] = [
  ["", {}],
  ["?vsn=2.0.0&a=1", { vsn: "2.0.0", a: "1" }],
  ["vsn=2.0.0&", { vsn: "2.0.0" }],
  ["&a=1&&b=2&", { a: "1", b: "2" }],
  ["a=1&a=2", { a: "2" }],
  ["a", { a: "" }],
  ["a=", { a: "" }],
  ["=", { "": "" }],
  ["=a", { "": "a" }],
  ["a=b=c", { a: "b=c" }],
  ["a=%C3%A9+b%2Bc", { a: "é b+c" }],
  ["my+weird+field=q1%212%22%27w%245%267%2Fz8%29%3F", { "my weird field": "q1!2\"'w$5&7/z8)?" }],
  ["user[name]=ann&user[tags][]=x&user[tags][]=y", { user: { name: "ann", tags: ["x", "y"] } }],
  ["user%5Bname%5D=ann", { user: { name: "ann" } }],
  ["user[name]=ann&user[address][street]=a&user[name]=bob", { user: { name: "bob", address: { street: "a" } } }],
  ["a[]", { a: [""] }],
  ["a[]=1&b[]=2&a[]=3", { a: ["1", "3"], b: ["2"] }],
  ["a[][][]=1", { a: [[["1"]]] }],
  ["a[b][][c]=1", { a: { b: [{ c: "1" }] } }],
  ["a[0]=x&a[1]=y", { a: { 0: "x", 1: "y" } }],
  ["a[1000000000]=x", { a: { 1000000000: "x" } }],
  ["a[]=1&a[b]=2", { a: { b: "2" } }],
  ["a[b]=1&a[]=2", { a: ["2"] }],
  ["a[]=1&a=2", { a: "2" }],
  ["a=1&a[b]=2", { a: { b: "2" } }],
  ["a[b][][c]=2&a[b]=1", { a: { b: "1" } }],
  ["a[b]=1&a=2&a[c]=3", { a: "2" }], // a[c] belongs to the map that a[b] began
  ["[a]=1", { "[a]": "1" }],
  ["a]=1", { "a]": "1" }],
  ["a[b=1", { "a[b": "1" }],
  ["a[b]c=1", { "a[b]c": "1" }],
  ["a[[b]]=1", { a: { "[b]": "1" } }],
  ["a[length]=1&a[]=2&a[length]=3", { a: { length: "3" } }],
];
for (const [query, params] of cases) {
  Deno.test(`parseParams() reads ${JSON.stringify(query)} as Plug does`, () => {
    assertEquals(plain(parseParams(query)), params);
  });
}

for (const query of ["a=%", "%=a", "a=%zz", "_utf8=%R2%9P%93", "a=%FF", "a[%C3]=1", "a=%ED%A0%80"]) {
  Deno.test(`parseParams() refuses ${query}`, () => {
    assertThrows(() => parseParams(query), MalformedParamsError);
  });
}

Deno.test("parseParams() lets parameters of the path win", () => {
  assertEquals(plain(parseParams("id=1&x=2", { id: "7" })), { id: "7", x: "2" });
});

for (const query of ["__proto__[x]=1", "constructor[prototype][x]=1", "a[__proto__][x]=1", "a[constructor]=1"]) {
  Deno.test(`parseParams() pollutes no prototype with ${query}`, () => {
    const params = parseParams(query);
    assertEquals(Object.getPrototypeOf(params), null);
    assertEquals(({} as { x?: unknown }).x, undefined);
    assertEquals(typeof ({}).constructor, "function");
  });
}

Deno.test("parseParams() keeps a list a list and reads the last parameter, however many there are", () => {
  const many = Array.from({ length: 5000 }, (_, i) => `p${i}=1&a[]=${i}`).join("&");
  const { vsn, a, ...rest } = parseParams(`${many}&vsn=2.0.0`);
  assertEquals([vsn, Array.isArray(a), (a as string[]).length, Object.keys(rest).length], [
    "2.0.0",
    true,
    5000,
    5000,
  ]);
});

Deno.test("parseParams() refuses names that nest too deep instead of cutting them", () => {
  const nested = (depth: number) => `a${"[b]".repeat(depth)}=1`;
  assertEquals(JSON.stringify(parseParams(nested(MAX_PARAM_DEPTH))).match(/"b"/g)?.length, MAX_PARAM_DEPTH);
  for (const depth of [MAX_PARAM_DEPTH + 1, 20_000]) {
    assertThrows(() => parseParams(nested(depth)), MalformedParamsError);
  }
});
