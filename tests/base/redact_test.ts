import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Broadcast } from "@urvogel/realtime";
import { redactor } from "../../lib/base/redact.ts";
import { HOSTILE, hostileMaker } from "../support/hostile_values.ts";

const redact = redactor();

/** A key that is none in a literal. */
const PROTO = '{"__proto__":{"token":"t"},"a":1}';

Deno.test("redactor() hides passwords, tokens and secrets, however they are written and however deep", () => {
  assertEquals(
    redact({ user: "ann", Password: "a", user_token: "b", clientSecrets: ["c"], list: [{ accessToken: "d", n: 1 }] }),
    {
      user: "ann",
      Password: "[redacted]",
      user_token: "[redacted]",
      clientSecrets: "[redacted]",
      list: [{ accessToken: "[redacted]", n: 1 }],
    },
  );
});

Deno.test("redactor() may hide other keys, or none", () => {
  assertEquals(redactor(["Card"])({ cardNumber: 1, token: 2 }), { cardNumber: "[redacted]", token: 2 });
  assertEquals(redactor([])({ token: 2 }), { token: 2 });
});

Deno.test("redactor() changes nothing, and copies only what has something to hide", () => {
  const clean = { a: [1, { b: 2 }] };
  assertStrictEquals(redact(clean), clean);
  const mixed = { clean, token: "t" };
  const redacted = redact(mixed) as typeof mixed;
  assertStrictEquals(redacted.clean, clean);
  assertEquals(mixed.token, "t");
  for (const value of [null, undefined, 1, "token", new Uint8Array(3)]) assertStrictEquals(redact(value), value);
});

Deno.test("redactor() shows what is frozen, without secrets, as anything else", () => {
  const frozen = Object.freeze({ user: "ann", token: "t", list: Object.freeze([Object.freeze({ secret: 1 })]) });
  assertEquals(redact(frozen), { user: "ann", token: "[redacted]", list: [{ secret: "[redacted]" }] });
  assertEquals(JSON.stringify(redact(Object.freeze(JSON.parse(PROTO)))), PROTO.replace('"t"', '"[redacted]"'));
  assertEquals(frozen.token, "t");
});

Deno.test("redactor() keeps the class of what it copies", () => {
  const redacted = redact(new Broadcast("room:a", "say", { token: "t" }));
  assert(redacted instanceof Broadcast);
  assertEquals(redacted.payload, { token: "[redacted]" });
});

Deno.test("redactor() looks into maps and sets", () => {
  const keyed = { token: "sesame" };
  const value = {
    map: new Map<unknown, unknown>([["password", "sesame"], ["user", { name: "ann", secret: "sesame" }], [keyed, 1]]),
    set: new Set<unknown>(["ann", { token: "sesame" }]),
    named: Object.assign(new Map([["user", "ann"]]), { token: "sesame" }),
  };
  assertEquals(redact(value), {
    map: new Map<unknown, unknown>([
      ["password", "[redacted]"],
      ["user", { name: "ann", secret: "[redacted]" }],
      [{ token: "[redacted]" }, 1],
    ]),
    set: new Set<unknown>(["ann", { token: "[redacted]" }]),
    named: new Map([["user", "ann"]]),
  });
  assertEquals((value.map.get("user") as { secret: string }).secret, "sesame");
});

Deno.test("redactor() copies no map or set without anything to hide, and shows nothing of one that is too large", () => {
  for (const clean of [new Map([["user", { id: 1 }]]), new Set([1, { id: 2 }])]) {
    assertStrictEquals(redact(clean), clean);
  }
  const many = Array.from({ length: 10_001 }, (_, n) => n);
  assertEquals(redact(new Set(many)), "[too large]");
  assertEquals(redact(new Map(many.map((n) => [n, n]))), "[too large]");
  const circle = new Map<string, unknown>([["token", "sesame"]]);
  circle.set("self", circle);
  assertEquals(redact(circle), new Map([["token", "[redacted]"], ["self", "[circular]"]]));
});

Deno.test("redactor() takes keys that mean something to JavaScript", () => {
  const value = JSON.parse('{"__proto__":{"token":"t"},"constructor":{"secret":1}}');
  assertEquals(
    JSON.stringify(redact(value)),
    '{"__proto__":{"token":"[redacted]"},"constructor":{"secret":"[redacted]"}}',
  );
  assertEquals(({} as { token?: unknown }).token, undefined);
});

Deno.test("redactor() comes to an end, whatever it is given", () => {
  const circle: Record<string, unknown> = { token: "t" };
  circle.self = circle;
  assertEquals(redact(circle), { token: "[redacted]", self: "[circular]" });
  const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  assertMatch(JSON.stringify(redact(deep)), /^\[{33}"\[too deep\]"\]{33}$/);
});

Deno.test("redactor() lets no secret through, and everything else", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
    assertEquals(redact({ value, token: "sesame" }), { value: redact(value), token: "[redacted]" });
    assert(!JSON.stringify(redact({ value: [value, { secretKey: "sesame-42" }] })).includes("sesame-42"));
  }));
});

for (const [what, make] of Object.entries(HOSTILE)) {
  Deno.test(`redactor() takes ${what}`, () => {
    const value = make();
    redact(value);
    const { token, other } = redact({ token: value, other: 1, value }) as Record<string, unknown>;
    assertEquals([token, other], ["[redacted]", 1]);
  });
}

Deno.test("redactor() never throws", () => {
  fc.assert(fc.property(hostileMaker, (make) => void redact(make())));
});

Deno.test("redactor() shows nothing of what is too large to be looked at", () => {
  const large = Array.from({ length: 10_001 }, (_, n) => ({ n }));
  assertEquals(redact({ large, small: [1] }), { large: "[too large]", small: "[too large]" });
  assertEquals(redact({ small: [1], n: 1, large }), { small: [1], n: 1, large: "[too large]" });
  const many = Array.from({ length: 200 }, () => Array.from({ length: 100 }, () => ({ token: "sesame" })));
  assert(!JSON.stringify(redact(many)).includes("sesame"));
});

Deno.test("redactor() hides secrets in what an object shows as JSON, and leaves other such objects alone", () => {
  class Session {
    readonly #token = "sesame";
    toJSON() {
      return { user: "ann", token: this.#token };
    }
  }
  assertEquals(redact({ session: new Session() }), { session: { user: "ann", token: "[redacted]" } });
  const date = new Date(0);
  const value = { date, url: new URL("http://localhost/"), toJSON: "a text" };
  assertStrictEquals(redact(value), value);
});
