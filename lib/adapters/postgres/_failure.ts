/**
 * Why a connection failed: whether a retry can help, in words without secrets.
 *
 * @module
 */

import { isError } from "../../base/foreign.ts";
import { oneLine, read, textOf } from "../../base/printable.ts";
import { BusSetupError } from "../../pubsub/errors.ts";

/** SQL states that the next attempt would meet as well: role, password, database, rights, an old server. */
const LASTING_STATES = /^(28...|3D000|42501|42883|0A000)$/;
/** What the client and TLS say about passwords and certificates. */
const LASTING_TEXTS = /certificate|self.signed|issuer|SASL|SCRAM|password|does not support SSL|no encryption/i;
/** What Deno throws where the program lacks a permission. Its text names the flag. */
const LASTING_NAMES = /^(NotCapable|PermissionDenied)$/;

/** Returns the SQL state of an error of the server, five letters and digits; `undefined` for other errors. */
export function sqlStateOf(thrown: unknown): string | undefined {
  const code = typeof thrown === "object" && thrown !== null ? read(thrown, "code") : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * Converts what a connection failed with. The error of the client is not kept: its fields may show how it connected.
 *
 * @param thrown What was thrown.
 * @param label The name of the server.
 * @param password What must not be shown.
 * @returns A `BusSetupError` if no retry will help.
 */
export function failureOf(thrown: unknown, label: string, password: string): Error {
  if (thrown instanceof BusSetupError) return thrown;
  const why = describe(thrown, password);
  return isLasting(thrown, why) ? new BusSetupError(label, why) : new Error(`Cannot reach ${label}: ${why}`);
}

function isLasting(thrown: unknown, why: string): boolean {
  const state = sqlStateOf(thrown);
  if (state !== undefined) return LASTING_STATES.test(state);
  return LASTING_TEXTS.test(why) || (isError(thrown) && LASTING_NAMES.test(textOf(read(thrown, "name"))));
}

function describe(thrown: unknown, password: string): string {
  const text = isError(thrown) ? textOf(read(thrown, "message")) || textOf(read(thrown, "code")) : textOf(thrown);
  return oneLine(password === "" ? text : text.replaceAll(password, "***"));
}
