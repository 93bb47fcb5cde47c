import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { jwtVerifier } from "@urvogel/realtime/jwt";

const SECRET = "0123456789abcdef0123456789abcdef";
const KEY = new TextEncoder().encode(SECRET);

type Claims = { sub?: string; exp?: number; nbf?: number; iss?: string; aud?: string };

function token(
  claims: Claims = {},
  key: Parameters<SignJWT["sign"]>[0] = KEY,
  header: { alg: string; kid?: string } = { alg: "HS256" },
) {
  return new SignJWT({ sub: "ann", ...claims }).setProtectedHeader(header).sign(key);
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

Deno.test("jwtVerifier() answers the claims of a good token, and when it expires", async () => {
  const verify = jwtVerifier({ secret: SECRET });
  const exp = inSeconds(60);
  assertEquals(await verify(await token({ exp })), {
    ok: true,
    claims: { sub: "ann", exp },
    expiresAtMs: exp * 1000,
  });
  assertEquals(await verify(await token()), { ok: true, claims: { sub: "ann" }, expiresAtMs: Infinity });
});

const bad: readonly [what: string, sent: () => unknown, reason: string][] = [
  ["nothing", () => undefined, "missing"],
  ["an empty text", () => "", "missing"],
  ["a number", () => 7, "invalid"],
  ["no token", () => "a.b.c", "invalid"],
  ["a token of another secret", () => token({}, new TextEncoder().encode(`${SECRET}!`)), "invalid"],
  ["an old token", () => token({ exp: inSeconds(-10) }), "expired"],
  ["a token of tomorrow", () => token({ nbf: inSeconds(86_400) }), "invalid"],
  ["a token without a signature", () => `${btoa('{"alg":"none"}').replaceAll("=", "")}.e30.`, "invalid"],
  ["a token of another algorithm", () => token({}, new Uint8Array(64), { alg: "HS512" }), "invalid"],
];
for (const [what, sent, reason] of bad) {
  Deno.test(`jwtVerifier() answers ${reason} when it gets ${what}`, async () => {
    assertEquals<unknown>(await jwtVerifier({ secret: SECRET })(await sent()), { ok: false, reason });
  });
}

Deno.test("jwtVerifier() asks for issuer and audience where it was told to", async () => {
  const verify = jwtVerifier({ secret: SECRET, issuer: ["https://a.example", "https://b.example"], audience: "chat" });
  const good = { iss: "https://b.example", aud: "chat" };
  assertEquals((await verify(await token(good))).ok, true);
  assertEquals((await verify(await token({ ...good, iss: "https://evil.example" }))).ok, false);
  assertEquals((await verify(await token({ ...good, aud: "mail" }))).ok, false);
  assertEquals((await verify(await token())).ok, false);
});

Deno.test("jwtVerifier() forgives clocks that are apart by no more than its tolerance", async () => {
  const late = await token({ exp: inSeconds(-5) });
  const result = await jwtVerifier({ secret: SECRET, clockToleranceMs: 30_000 })(late);
  assert(result.ok);
  assertEquals(result.expiresAtMs, Number(result.claims.exp) * 1000 + 30_000); // a socket's, too
  assertEquals((await jwtVerifier({ secret: SECRET, clockToleranceMs: 1000 })(late)).ok, false);
});

for (const algorithm of ["ES256", "RS256"] as const) {
  Deno.test(`jwtVerifier() takes tokens of a public key (${algorithm}), and none that use the key as a secret`, async () => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const pem = await exportSPKI(publicKey);
    const verify = jwtVerifier({ publicKey: pem, algorithm });
    assertEquals((await verify(await token({}, privateKey, { alg: algorithm }))).ok, true);
    assertEquals((await verify(await token({}, new TextEncoder().encode(pem)))).ok, false);
  });
}

Deno.test("jwtVerifier() fetches a provider's keys, and says so when it cannot", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...await exportJWK(publicKey), kid: "1", alg: "ES256" };
  let answers = true;
  const provider = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    return answers ? Response.json({ keys: [jwk] }) : new Response(null, { status: 500 });
  });
  const jwksUrl = `http://127.0.0.1:${provider.addr.port}/jwks.json`;
  const sent = await token({}, privateKey, { alg: "ES256", kid: "1" });
  const foreign = await token({}, privateKey, { alg: "ES256", kid: "2" });
  assertEquals((await jwtVerifier({ jwksUrl })(sent)).ok, true);
  assertEquals(await jwtVerifier({ jwksUrl })(foreign), { ok: false, reason: "invalid" });
  answers = false;
  assertEquals(await jwtVerifier({ jwksUrl })(sent), { ok: false, reason: "unavailable" });
  await provider.shutdown();
  assertEquals(await jwtVerifier({ jwksUrl })(sent), { ok: false, reason: "unavailable" });
});

Deno.test("jwtVerifier() refuses keys that are none", async () => {
  assertThrows(() => jwtVerifier({ secret: "short" }), Error, '"secret" must have >= 32 bytes, received 5');
  assertThrows(
    () => jwtVerifier({ secret: undefined as unknown as string }),
    Error,
    '"secret" must be text, received undefined',
  );
  assertThrows(() => jwtVerifier({ jwksUrl: "not a url" }), TypeError);
  const verify = jwtVerifier({ publicKey: "-----BEGIN NOTHING-----", algorithm: "ES256" });
  await assertRejects(async () => verify(await token()), TypeError);
});
