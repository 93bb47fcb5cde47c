/**
 * Tokens that choose the key they are checked with.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { jwtVerifier } from "@urvogel/realtime/jwt";

type Header = Readonly<Record<string, unknown>>;

/** A provider of keys that counts who asks it. Its key has the id `"1"`, as all others'. */
class Provider implements AsyncDisposable {
  asked = 0;
  readonly #keys = generateKeyPair("ES256", { extractable: true });
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async () => {
    this.asked++;
    return Response.json({ keys: [await this.jwk()] });
  });

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/jwks.json`;
  }

  async jwk(): Promise<object> {
    return { ...await exportJWK((await this.#keys).publicKey), kid: "1", alg: "ES256" };
  }

  async token(claims: Header, header: Header = {}): Promise<string> {
    return await new SignJWT({ sub: "ann", ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "1", ...header })
      .sign((await this.#keys).privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test("CVE-2026-32301: jwtVerifier() asks no address that a token names", async () => {
  await using ours = new Provider();
  await using evil = new Provider();
  const verify = jwtVerifier({ jwksUrl: ours.url });
  const claims = [{}, { iss: evil.url }, { iss: new URL(evil.url).origin, jku: evil.url }];
  const headers = [{}, { jku: evil.url }, { x5u: evil.url }, { jwk: await evil.jwk() }, { kid: evil.url }];
  for (const claim of claims) {
    for (const header of headers) {
      assertEquals(await verify(await evil.token(claim, header)), { ok: false, reason: "invalid" });
    }
  }
  assertEquals(evil.asked, 0);
  assertEquals((await verify(await ours.token({}))).ok, true);
});

Deno.test("CVE-2026-49998: jwtVerifier() keeps the keys of each provider apart, whatever their ids", async () => {
  await using one = new Provider();
  await using other = new Provider();
  const verifiers = [
    { verify: jwtVerifier({ jwksUrl: one.url, issuer: "https://one.example" }), issuer: "https://one.example" },
    { verify: jwtVerifier({ jwksUrl: other.url, issuer: "https://other.example" }), issuer: "https://other.example" },
  ];
  for (const round of ["keys are fetched", "keys are kept"]) {
    for (const [n, { verify, issuer }] of verifiers.entries()) {
      const [own, foreign] = n === 0 ? [one, other] : [other, one];
      assertEquals((await verify(await own.token({ iss: issuer }))).ok, true, round);
      assertEquals(await verify(await foreign.token({ iss: issuer })), { ok: false, reason: "invalid" }, round);
    }
  }
});
