/**
 * Makes clients of Redis. The options on which the guarantees depend are set here.
 *
 * @module
 */

import { createClient } from "@redis/client";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { RedisConnection, RedisConnectOptions, RedisRole } from "./connection.ts";
import type { RedisSettings, RedisTls } from "./options.ts";

/** Time to connect, in milliseconds: TCP and TLS together. */
export const CONNECT_MS = 4000;

/**
 * Makes a client that is not yet connected.
 *
 * @param signal Ends it, even while it connects: `destroy` alone leaves a socket behind that is still connecting.
 */
export function dial(settings: RedisSettings, role: RedisRole, signal: AbortSignal): MaybePromise<RedisConnection> {
  const options = clientOptions(settings, role, signal);
  return settings.connect ? settings.connect(options, role) : createClient(options);
}

function clientOptions({ server, nodeName }: RedisSettings, role: RedisRole, signal: AbortSignal): RedisConnectOptions {
  const { host, port, tls, user, password, database } = server;
  const socket = { host, port, signal, connectTimeout: CONNECT_MS, reconnectStrategy: false as const };
  return {
    name: `urvogel:${nodeName}:${role}`, // in CLIENT LIST
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(database > 0 && { database }),
    disableOfflineQueue: true, // nothing from before an outage arrives after it
    disableClientInfo: true,
    maintNotifications: "disabled", // these read variables of the environment, for which Deno needs a permission
    commandOptions: { timeout: 0 }, // one timer per command; silence is watched for by ourselves
    socket: tls ? { ...socket, tls: true, ...certificates(tls) } : socket,
  };
}

/** Nothing else of what was given: verification cannot be switched off. */
function certificates({ ca, cert, key }: RedisTls): RedisTls {
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}
