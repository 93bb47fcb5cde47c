import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MalformedFrameError, NestingError } from "../../lib/protocol/errors.ts";
import { assertJson, assertJsonObject, assertPayload, kindOf, parseJson } from "../../lib/protocol/json.ts";

Deno.test("parseJson() reads every JSON value", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    assertEquals(JSON.stringify(parseJson(text)), text);
  }));
});

Deno.test("parseJson() throws nothing but MalformedFrameError, which shows nothing of the text, whatever that is", () => {
  const damaged = fc.tuple(fc.json(), fc.nat(), fc.string({ unit: "binary", maxLength: 2 })).map(
    ([json, at, text]) => json.slice(0, at % (json.length + 1)) + text,
  );
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), damaged), (text) => {
      try {
        parseJson(text);
      } catch (error) {
        assert(error instanceof MalformedFrameError, String(error));
        assertEquals([error.message, error.cause], ["Cannot decode frame: text must be JSON", undefined]);
      }
    }),
    { numRuns: 2000 },
  );
});

const deep = (levels: number, inner = "") => "[".repeat(levels) + inner + "]".repeat(levels);

Deno.test("parseJson() takes 100 levels by default, and as many as it is told", () => {
  parseJson(deep(100));
  assertEquals(
    assertThrows(
      () => parseJson(deep(101)),
      NestingError,
      "Cannot decode frame: arrays and objects must be nested <= 100 levels deep",
    ).maxNesting,
    100,
  );
  parseJson(deep(3), 3);
  assertThrows(() => parseJson(deep(4), 3), NestingError);
  parseJson(deep(100_000), Infinity);
});

Deno.test("parseJson() survives millions of brackets, closed or not", () => {
  for (const text of ["[".repeat(4_000_000), deep(4_000_000), deep(4_000_000, '{"0":0}'), '{"0":'.repeat(1_000_000)]) {
    assertThrows(() => parseJson(text), NestingError);
  }
  assertThrows(() => parseJson("]".repeat(4_000_000)), MalformedFrameError);
});

Deno.test("parseJson() keeps __proto__ an ordinary name", () => {
  const value = parseJson('{"__proto__":{"polluted":true}}');
  assertEquals(Object.keys(value as object), ["__proto__"]);
  assertEquals((value as { polluted?: boolean }).polluted, undefined);
});

const json: unknown[] = [null, true, 0, "", [], {}, [undefined], new Date(0), Object.create(null)];
Deno.test("assertJson() takes what has JSON text", () => {
  for (const value of json) assertJson(value, "response of reply");
});

class Silent {
  toJSON() {
    return undefined;
  }
}

class Query {
  then() {}
}

const notJson: [value: unknown, kind: string][] = [
  [undefined, "undefined"],
  [() => {}, "function"],
  [Symbol("s"), "symbol"],
  [new Silent(), "object"],
  [new ArrayBuffer(2), "ArrayBuffer"],
  [new DataView(new ArrayBuffer(2)), "DataView"],
  [Promise.resolve({}), "Promise"],
  [new Query(), "Promise"],
  [new Map([["a", 1]]), "Map"],
  [new Set([1]), "Set"],
  [Float32Array.of(1), "Float32Array"],
];
for (const [value, kind] of notJson) {
  const what = value instanceof Silent ? "toJSON() without an answer" : value instanceof Query ? "query" : kind;
  Deno.test(`assertJson() refuses a ${what}`, () => {
    assertThrows(
      () => assertJson(value, "response of reply"),
      TypeError,
      `Cannot encode response of reply: must be a JSON value, received ${kind}`,
    );
  });
}

Deno.test("assertJsonObject() takes objects only", () => {
  for (const value of [{}, { a: 1 }, Object.create(null), new Date(0)]) assertJsonObject(value, "payload of push");
  const others = [...notJson, [null, "null"], [[], "array"], ["text", "string"], [1, "number"], [1n, "bigint"]];
  for (const [value, kind] of others) {
    assertThrows(
      () => assertJsonObject(value, "payload of push"),
      TypeError,
      `Cannot encode payload of push: must be an object or a Uint8Array, received ${kind}`,
    );
  }
});

Deno.test("assertPayload() takes bytes besides JSON values, and nothing else", () => {
  for (const payload of [{}, new Uint8Array(1), "text", [1], null]) assertPayload(payload, "payload of broadcast");
  for (const payload of [undefined, () => {}, Promise.resolve({}), new Map(), new ArrayBuffer(1)]) {
    assertThrows(() => assertPayload(payload, "payload of broadcast"), Error, "Cannot encode payload of broadcast");
  }
});

Deno.test("kindOf() names the type and shows nothing of the value", () => {
  const kinds: [value: unknown, kind: string][] = [
    [null, "null"],
    [undefined, "undefined"],
    [["secret"], "array"],
    [new Uint8Array(1), "Uint8Array"],
    [{ secret: 1 }, "object"],
    ["secret", "string"],
    [1, "number"],
    [false, "boolean"],
  ];
  for (const [value, kind] of kinds) assertStrictEquals(kindOf(value), kind);
});
