import assert from "node:assert/strict";
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
    assert.deepEqual(await check(SECRET, "user", token), { ok: true, data: { id: 7 }, expiresAtMs: 1000 + DAY_MS });
    time.tick(DAY_MS - 1);
    assert.equal((await check(SECRET, "user", token)).ok, true);
    time.tick(1);
    assert.deepEqual(await check(SECRET, "user", token), { ok: false, reason: "expired" });
  });

  Deno.test(`Token.${name}() makes texts that fit into a URL, for any JSON value`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string(), async (data, salt) => {
        const token = await make(SECRET, salt, data);
        assert.match(token, /^[\w-]+\.[\w-]+$/);
        const result = await check(SECRET, salt, token);
        assert.deepEqual(result.ok && JSON.stringify(result.data), JSON.stringify(data));
      }),
      { numRuns: 30 },
    );
  });

  Deno.test(`Token.${name}() makes keys by 1,000 rounds of SHA-256, unless told otherwise`, async () => {
    const token = await make(SECRET, "user", 7);
    const others = [{ keyDigest: "SHA-512" }, { keyIterations: 2 }] as const;
    assert.equal((await check(SECRET, "user", token, { keyDigest: "SHA-256", keyIterations: 1000 })).ok, true);
    for (const options of others) {
      assert.deepEqual(await check(SECRET, "user", token, options), { ok: false, reason: "invalid" });
      const other = await make(SECRET, "user", 7, options);
      assert.equal((await check(SECRET, "user", other, options)).ok, true);
      assert.deepEqual(await check(SECRET, "user", other), { ok: false, reason: "invalid" });
    }
  });

  Deno.test(`Token.${name}() makes a token that is good for one secret and one salt only`, async () => {
    const token = await make(SECRET, "user", 7);
    assert.deepEqual(await check(OTHER, "user", token), { ok: false, reason: "invalid" });
    assert.deepEqual(await check(SECRET, "admin", token), { ok: false, reason: "invalid" });
    assert.deepEqual(await check(SECRET, "user", token, { keyIterations: 1 }), { ok: false, reason: "invalid" });
  });

  Deno.test(`Token.${name}() uses the first secret, and the check takes all`, async () => {
    const old = await make(SECRET, "user", 7);
    const renewed = await make([OTHER, SECRET], "user", 8);
    assert.equal((await check([OTHER, SECRET], "user", old)).ok, true);
    assert.equal((await check(OTHER, "user", renewed)).ok, true);
    assert.equal((await check(SECRET, "user", renewed)).ok, false);
  });

  Deno.test(`Token.${name}() is undone by a change of any character`, async () => {
    const token = await make(SECRET, "user", { id: 7 });
    for (let i = 0; i < token.length; i++) {
      if (token[i] === ".") continue;
      const changed = `${token.slice(0, i)}${token[i] === "A" ? "B" : "A"}${token.slice(i + 1)}`;
      assert.deepEqual(await check(SECRET, "user", changed), { ok: false, reason: "invalid" }, `character ${i}`);
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
        assert.deepEqual(await check(SECRET, "user", other), { ok: false, reason: "invalid" }, other);
      }
    }
  });

  Deno.test(`Token.${name}() takes its age from the check, which counts more than the token's own`, async () => {
    using _time = new FakeTime(10_000);
    const options = { signedAtMs: 0, maxAgeMs: 5000 };
    const token = await make(SECRET, "user", 7, options);
    assert.deepEqual(await check(SECRET, "user", token), { ok: false, reason: "expired" });
    assert.equal((await check(SECRET, "user", token, { maxAgeMs: 20_000 })).ok, true);
    const eternal = await make(SECRET, "user", 7, { signedAtMs: 0, maxAgeMs: Infinity });
    assert.deepEqual(await check(SECRET, "user", eternal), { ok: true, data: 7, expiresAtMs: Infinity });
    assert.deepEqual(await check(SECRET, "user", eternal, { maxAgeMs: 1 }), { ok: false, reason: "expired" });
  });

  Deno.test(`Token.${name}() refuses short secrets, ages that are none, and data that is no JSON`, async () => {
    await assert.rejects(make("short", "user", 7), {
      message: "Cannot make key: a secret must have >= 20 bytes, received 5",
    });
    await assert.rejects(make([], "user", 7), TypeError);
    await assert.rejects(make([SECRET, "short"], "user", 7), RangeError);
    await assert.rejects(make(undefined as unknown as string, "user", 7), {
      name: "TypeError",
      message: "Cannot make key: a secret must be text, received undefined",
    });
    await make("é".repeat(10), "user", 7); // 20 bytes
    await assert.rejects(make("é".repeat(9), "user", 7), /received 18/);
    await assert.rejects(make(SECRET, "user", undefined), /"data" must be a JSON value, received undefined/);
    await assert.rejects(make(SECRET, "user", 7, { maxAgeMs: -1 }), /"maxAgeMs" must be >= 0, received -1/);
    await assert.rejects(make(SECRET, "user", 7, { keyIterations: 0 }), /"keyIterations" must be >= 1, received 0/);
    await assert.rejects(check("short", "user", undefined), RangeError);
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
      assert.deepEqual(await check(SECRET, "user", token), { ok: false, reason });
    });
  }
}

Deno.test("Token.encrypt() hides what Token.sign() shows, and neither is good for the other", async () => {
  const signed = await Token.sign(SECRET, "user", "plain as day");
  const sealed = await Token.encrypt(SECRET, "user", "plain as day");
  const shown = (token: string) => atob(token.split(".")[0]!.replaceAll("-", "+").replaceAll("_", "/"));
  assert.ok(shown(signed).includes("plain as day"));
  assert.ok(!shown(sealed).includes("plain"));
  assert.notEqual(await Token.encrypt(SECRET, "user", "plain as day"), sealed);
  assert.equal((await Token.decrypt(SECRET, "user", signed)).ok, false);
  assert.equal((await Token.verify(SECRET, "user", sealed)).ok, false);
});
