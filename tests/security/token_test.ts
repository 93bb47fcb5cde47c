import { assert, assertEquals, assertMatch, assertNotStrictEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FakeTime } from "@std/testing/time";
import { Token } from "@urvogel/realtime";

const SECRET = "0123456789abcdef0123";
const OTHER = "another secret of enough bytes";
const DAY_MS = 86_400_000;

/** Both pairs of functions promise the same, but for who can read the token. */
const PAIRS = [
  { name: "sign", make: Token.sign, check: Token.verify },
  { name: "encrypt", make: Token.encrypt, check: Token.decrypt },
] as const;

for (const { name, make, check } of PAIRS) {
  Deno.test(`Token.${name}() makes a token that gives back its data and when it expires`, async () => {
    using time = new FakeTime(1000);
    const token = await make(SECRET, "user", { id: 7 });
    assertEquals(await check(SECRET, "user", token), { ok: true, data: { id: 7 }, expiresAtMs: 1000 + DAY_MS });
    time.tick(DAY_MS - 1);
    assertEquals((await check(SECRET, "user", token)).ok, true);
    time.tick(1);
    assertEquals(await check(SECRET, "user", token), { ok: false, reason: "expired" });
  });

  Deno.test(`Token.${name}() makes texts that fit into a URL, for any JSON value`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string(), async (data, salt) => {
        const token = await make(SECRET, salt, data);
        assertMatch(token, /^[\w-]+\.[\w-]+$/);
        const result = await check(SECRET, salt, token);
        assertEquals(result.ok && JSON.stringify(result.data), JSON.stringify(data));
      }),
      { numRuns: 30 },
    );
  });

  Deno.test(`Token.${name}() makes keys by 1,000 rounds of SHA-256, unless told otherwise`, async () => {
    const token = await make(SECRET, "user", 7);
    const others = [{ keyDigest: "SHA-512" }, { keyIterations: 2 }] as const;
    assertEquals((await check(SECRET, "user", token, { keyDigest: "SHA-256", keyIterations: 1000 })).ok, true);
    for (const options of others) {
      assertEquals(await check(SECRET, "user", token, options), { ok: false, reason: "invalid" });
      const other = await make(SECRET, "user", 7, options);
      assertEquals((await check(SECRET, "user", other, options)).ok, true);
      assertEquals(await check(SECRET, "user", other), { ok: false, reason: "invalid" });
    }
  });

  Deno.test(`Token.${name}() makes a token that is good for one secret and one salt only`, async () => {
    const token = await make(SECRET, "user", 7);
    assertEquals(await check(OTHER, "user", token), { ok: false, reason: "invalid" });
    assertEquals(await check(SECRET, "admin", token), { ok: false, reason: "invalid" });
    assertEquals(await check(SECRET, "user", token, { keyIterations: 1 }), { ok: false, reason: "invalid" });
  });

  Deno.test(`Token.${name}() uses the first secret, and the check takes all`, async () => {
    const old = await make(SECRET, "user", 7);
    const renewed = await make([OTHER, SECRET], "user", 8);
    assertEquals((await check([OTHER, SECRET], "user", old)).ok, true);
    assertEquals((await check(OTHER, "user", renewed)).ok, true);
    assertEquals((await check(SECRET, "user", renewed)).ok, false);
  });

  Deno.test(`Token.${name}() is undone by a change of any character`, async () => {
    const token = await make(SECRET, "user", { id: 7 });
    for (let i = 0; i < token.length; i++) {
      if (token[i] === ".") continue;
      const changed = `${token.slice(0, i)}${token[i] === "A" ? "B" : "A"}${token.slice(i + 1)}`;
      assertEquals(await check(SECRET, "user", changed), { ok: false, reason: "invalid" }, `character ${i}`);
    }
  });

  Deno.test(`Token.${name}() makes tokens that have no other spelling`, async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const data of ["", "a", "ab", "abc"]) { // last chunks of all lengths
      const token = await make(SECRET, "user", data);
      const [head, tail] = token.split(".") as [string, string];
      const others = [`${token}=`, `${token}==`, ` ${token}`, `${token}\n`, `${head}=.${tail}`, `${head} .${tail}`];
      for (const last of alphabet) others.push(`${token.slice(0, -1)}${last}`, `${head.slice(0, -1)}${last}.${tail}`);
      for (const other of others.filter((other) => other !== token)) {
        assertEquals(await check(SECRET, "user", other), { ok: false, reason: "invalid" }, other);
      }
    }
  });

  Deno.test(`Token.${name}() takes its age from the check, which counts more than the token's own`, async () => {
    using _time = new FakeTime(10_000);
    const options = { signedAtMs: 0, maxAgeMs: 5000 };
    const token = await make(SECRET, "user", 7, options);
    assertEquals(await check(SECRET, "user", token), { ok: false, reason: "expired" });
    assertEquals((await check(SECRET, "user", token, { maxAgeMs: 20_000 })).ok, true);
    const eternal = await make(SECRET, "user", 7, { signedAtMs: 0, maxAgeMs: Infinity });
    assertEquals(await check(SECRET, "user", eternal), { ok: true, data: 7, expiresAtMs: Infinity });
    assertEquals(await check(SECRET, "user", eternal, { maxAgeMs: 1 }), { ok: false, reason: "expired" });
  });

  Deno.test(`Token.${name}() refuses short secrets, ages that are none, and data that is no JSON`, async () => {
    await assertRejects(
      () => make("short", "user", 7),
      Error,
      "Cannot make key: a secret must have >= 20 bytes, received 5",
    );
    await assertRejects(() => make([], "user", 7), TypeError);
    await assertRejects(() => make([SECRET, "short"], "user", 7), RangeError);
    await assertRejects(
      () => make(undefined as unknown as string, "user", 7),
      TypeError,
      "Cannot make key: a secret must be text, received undefined",
    );
    await make("é".repeat(10), "user", 7); // 20 bytes
    await assertRejects(() => make("é".repeat(9), "user", 7), Error, "received 18");
    await assertRejects(
      () => make(SECRET, "user", undefined),
      Error,
      '"data" must be a JSON value, received undefined',
    );
    await assertRejects(() => make(SECRET, "user", 7, { maxAgeMs: -1 }), Error, '"maxAgeMs" must be >= 0, received -1');
    await assertRejects(
      () => make(SECRET, "user", 7, { keyIterations: 0 }),
      Error,
      '"keyIterations" must be >= 1, received 0',
    );
    await assertRejects(() => check("short", "user", undefined), RangeError);
  });

  const bad: readonly [token: unknown, reason: "missing" | "invalid"][] = [
    [undefined, "missing"],
    [null, "missing"],
    ["", "missing"],
    ["nonsense", "invalid"],
    ["a.b.c", "invalid"],
    [".", "invalid"],
    ["%%%.%%%", "invalid"],
    [42, "invalid"],
    [{ token: "x" }, "invalid"],
  ];
  for (const [token, reason] of bad) {
    Deno.test(`Token.${name}()'s check answers ${reason} when it gets ${JSON.stringify(token) ?? "nothing"}`, async () => {
      assertEquals(await check(SECRET, "user", token), { ok: false, reason });
    });
  }
}

Deno.test("Token.encrypt() hides what Token.sign() shows, and neither is good for the other", async () => {
  const signed = await Token.sign(SECRET, "user", "plain as day");
  const sealed = await Token.encrypt(SECRET, "user", "plain as day");
  const shown = (token: string) => atob(token.split(".")[0]!.replaceAll("-", "+").replaceAll("_", "/"));
  assert(shown(signed).includes("plain as day"));
  assert(!shown(sealed).includes("plain"));
  assertNotStrictEquals(await Token.encrypt(SECRET, "user", "plain as day"), sealed);
  assertEquals((await Token.decrypt(SECRET, "user", signed)).ok, false);
  assertEquals((await Token.verify(SECRET, "user", sealed)).ok, false);
});
