/**
 * Where to connect to.
 *
 * @module
 */

import { createClient, type PostgresClient } from "./client.ts";
import type { Server } from "./servers.ts";

/** A place to connect to. */
export interface Target {
  /** Its name, for messages. */
  readonly label: string;
  /** What no message may show. */
  readonly password: string;
  /** Creates a client that is not connected. */
  readonly createClient: () => PostgresClient;
}

/** Options for {@linkcode targetsOf}. */
export interface TargetOptions {
  /** The servers, tried one after the other. */
  readonly servers: readonly Server[];
  /** Creates clients in place of the library. */
  readonly connect?: (() => PostgresClient) | undefined;
}

/** Returns the places to connect to, at least one. */
export function targetsOf({ servers, connect }: TargetOptions): readonly Target[] {
  if (connect) return [{ label: "PostgreSQL", password: "", createClient: connect }];
  return servers.map((server) => ({ ...server, createClient: () => createClient(server) }));
}
