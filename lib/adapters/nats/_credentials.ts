/**
 * Credentials, as the client of NATS wants them, and kept out of messages.
 *
 * @module
 */

import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import type { NatsCredentials } from "./options.ts";

const encoder = new TextEncoder();

/**
 * Returns a function that logs in with `credentials`.
 *
 * @throws {TypeError} If they cannot be read.
 */
export function authenticatorOf(credentials: NatsCredentials | undefined): Authenticator {
  const authenticator = made(credentials);
  const isKey = credentials !== undefined && ("creds" in credentials || "nkeySeed" in credentials);
  try {
    if (isKey) authenticator("nonce");
  } catch { // what was thrown may hold a part of the key
    throw new TypeError('Cannot create NATS adapter: "credentials" must have a valid key, received another text');
  }
  return authenticator;
}

function made(credentials: NatsCredentials | undefined): Authenticator {
  if (!credentials) return () => {};
  if ("authenticator" in credentials) return credentials.authenticator as Authenticator;
  if ("user" in credentials) return usernamePasswordAuthenticator(credentials.user, credentials.password);
  if ("token" in credentials) return tokenAuthenticator(credentials.token);
  if ("creds" in credentials) return credsAuthenticator(encoder.encode(credentials.creds));
  return nkeyAuthenticator(encoder.encode(credentials.nkeySeed));
}

/** Returns `text` without the secrets of `credentials`. */
export function withoutSecrets(text: string, credentials: NatsCredentials | undefined): string {
  return secretsOf(credentials).reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
}

function secretsOf(credentials: NatsCredentials | undefined): readonly string[] {
  if (!credentials || "authenticator" in credentials) return [];
  const { user: _, ...secrets }: Readonly<Record<string, string>> = { ...credentials };
  return Object.values(secrets).flatMap((secret) => secret.split("\n")).filter((line) => line !== "");
}
