/**
 * What can be wrong with a connection, without secrets: what mends itself, and what does not.
 *
 * @module
 */

import { BusSetupError } from "../../pubsub/errors.ts";
import type { RedisServer } from "./_server.ts";

/** Longer texts are cut: they come from the server. */
const MAX_LENGTH = 300;

/** Replies of Redis to a program that is not allowed to do what it has to do. */
const REFUSALS =
  /^(WRONGPASS|NOAUTH|NOPERM|NOPROTO|DENIED)\b|^ERR .*\bAUTH\b|^ERR unknown command|^ERR The user executing/;

/** Codes of Node for a certificate that is not trusted, expired, or that of another host. */
const UNTRUSTED = /^(ERR_TLS_|CERT_|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE))/;

/**
 * Returns an error that may be shown: the text of `thrown`, without the password.
 *
 * @returns A {@linkcode BusSetupError} if no retry will help.
 */
export function faultOf(thrown: unknown, server: RedisServer): Error {
  if (thrown instanceof BusSetupError) return thrown;
  const { name, code, message } = partsOf(thrown);
  const why = withoutSecrets(message, server);
  if (REFUSALS.test(message) || UNTRUSTED.test(code) || name === "NotCapable") {
    return new BusSetupError(server.name, why);
  }
  return new Error(`Cannot reach ${server.name}: ${why}`);
}

/** Returns whether Redis has replied with this error. What a client says by itself begins with no such code. */
export function isReply(thrown: unknown): boolean {
  return /^[A-Z]{2,} /.test(partsOf(thrown).message);
}

function partsOf(thrown: unknown): { readonly name: string; readonly code: string; readonly message: string } {
  if (!(thrown instanceof Error)) return { name: "", code: "", message: "unknown error" };
  const { name, message } = thrown;
  const code: unknown = "code" in thrown ? thrown.code : "";
  return { name, code: typeof code === "string" ? code : "", message };
}

function withoutSecrets(text: string, { password }: RedisServer): string {
  const shown = text.replaceAll(/\/\/[^\s/@]*@/g, "//");
  return (password ? shown.replaceAll(password, "[redacted]") : shown).slice(0, MAX_LENGTH);
}
