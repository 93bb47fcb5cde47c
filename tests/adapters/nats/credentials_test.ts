import { assert, assertEquals } from "@std/assert";
import { nkeys } from "@nats-io/transport-node";
import { authenticatorOf, withoutSecrets } from "../../../lib/adapters/nats/_credentials.ts";
import type { NatsCredentials } from "@urvogel/realtime/nats";

const key = nkeys.createUser();
const nkeySeed = new TextDecoder().decode(key.getSeed());
const creds = `-----BEGIN NATS USER JWT-----
eyJ0eXAiOi.J9
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${nkeySeed}
------END USER NKEY SEED------
`;

const LOGINS: readonly [NatsCredentials | undefined, unknown][] = [
  [undefined, undefined],
  [{ user: "ann", password: "s3cret" }, { user: "ann", pass: "s3cret" }],
  [{ token: "t0ken" }, { auth_token: "t0ken" }],
  [{ authenticator: (nonce) => ({ user: nonce! }) }, { user: "nonce" }],
];
for (const [credentials, login] of LOGINS) {
  Deno.test(`authenticatorOf() logs in with ${Object.keys(credentials ?? { nothing: 1 })}`, () => {
    assertEquals<unknown>(authenticatorOf(credentials)("nonce"), login);
  });
}

for (const credentials of [{ nkeySeed }, { creds }]) {
  Deno.test(`authenticatorOf() signs the server's nonce with ${Object.keys(credentials)}`, () => {
    const login = authenticatorOf(credentials)("nonce") as { nkey: string; sig: string; jwt?: string };
    assertEquals(login.nkey, key.getPublicKey());
    const signature = Uint8Array.fromBase64(login.sig);
    assert(key.verify(new TextEncoder().encode("nonce"), signature));
    assertEquals(login.jwt, "creds" in credentials ? "eyJ0eXAiOi.J9" : undefined);
  });
}

Deno.test("withoutSecrets() hides passwords, tokens and keys, not the name of the user", () => {
  const text = `ann s3cret t0ken ${nkeySeed}`;
  assertEquals(withoutSecrets(text, { user: "ann", password: "s3cret" }), text.replace("s3cret", "[redacted]"));
  assertEquals(withoutSecrets(text, { token: "t0ken" }), text.replace("t0ken", "[redacted]"));
  for (const credentials of [{ nkeySeed }, { creds }]) assert(!withoutSecrets(text, credentials).includes(nkeySeed));
  assertEquals(withoutSecrets(text, undefined), text);
});
