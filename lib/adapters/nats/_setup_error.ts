/**
 * Which errors of the client no retry will mend.
 *
 * @module
 */

import { AuthorizationError, UserAuthenticationExpiredError } from "@nats-io/transport-node";
import { oneLine } from "../../base/printable.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { withoutSecrets } from "./_credentials.ts";
import type { Server } from "./_server.ts";

/** Codes of OpenSSL and of Node for certificates that do not pass. */
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_)/;

/** Wraps what the client threw. Its own errors may hold URLs, so none is passed on. */
export function connectError(server: Server, thrown: unknown): Error {
  if (thrown instanceof BusSetupError) return thrown;
  const error = exitReasonOf(thrown);
  const why = whySetup(server, error);
  if (why !== undefined) return new BusSetupError(server.name, why);
  return new Error(`Cannot connect to ${server.name}: ${textOf(server, error)}`);
}

function whySetup(server: Server, error: Error): string | undefined {
  const text = textOf(server, error);
  if (error instanceof UserAuthenticationExpiredError) return "the credentials have expired";
  // The server was too slow, or the network: that may mend itself.
  if (error instanceof AuthorizationError) return /timeout/i.test(text) ? undefined : "it refuses the credentials";
  if (error.name === "NotCapable") return "this program may not connect to it, run it with --allow-net";
  if (/does not support 'tls'/.test(text)) return "it does not offer TLS";
  if (server.tls === false && /certFile/.test(text)) return 'it requires TLS, and "tls" is false';
  return TLS_CODE.test(codeOf(error)) || /certificate/i.test(text) ? `TLS failed: ${text}` : undefined;
}

function textOf({ credentials }: Server, { message }: Error): string {
  return oneLine(withoutSecrets(message, credentials)) || "it closed the connection";
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}
