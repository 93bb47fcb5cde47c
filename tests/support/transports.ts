/**
 * The ways to serve an endpoint, so that one suite runs on all of them.
 *
 * @module
 */

import type { Endpoint } from "@urvogel/realtime";
import { serve as serveFrames } from "@urvogel/realtime/serve";
import { NATIVE_DIFFERENCES } from "./native_differences.ts";
import { serve } from "./serve.ts";

/** A server for tests. Its port is on 127.0.0.1; disposing of it ends the endpoint too. */
export interface ServedEndpoint extends AsyncDisposable {
  readonly port: number;
}

/** What a transport does instead of what is right. A difference that is gone fails its case, as a new one does. */
export interface Difference {
  /** What a client is sent, in the words of the suite. */
  readonly seen: readonly string[];
  /** Why it stays so. */
  readonly why: string;
}

/** A way to serve an endpoint. */
export interface TransportUnderTest {
  /** Stands in the names of tests. */
  readonly name: string;
  /** Whether clients that offer permessage-deflate get it from {@linkcode serve} with `compression`. */
  readonly compression: boolean;
  /** What differs from what is right, by the id of its case. */
  readonly known: Readonly<Record<string, Difference>>;
  /** Listens on a free port. */
  serve(endpoint: Endpoint, options?: ServeOptions): Promise<ServedEndpoint>;
}

/** What a test asks of a server. */
export interface ServeOptions {
  /** Compresses, for clients that offer it. Only asked of transports that can. */
  readonly compression?: boolean;
}

/** `Deno.serve` and Deno's own WebSockets. */
export const NATIVE: TransportUnderTest = {
  name: "native",
  compression: false,
  known: NATIVE_DIFFERENCES,
  serve: (endpoint) => Promise.resolve(serve(endpoint)),
};

/** `serve`: node:http, and frames of our own. */
export const FRAMES: TransportUnderTest = {
  name: "frames",
  compression: true,
  known: {},
  async serve(endpoint, { compression = false } = {}) {
    const listen = { port: 0, hostname: "127.0.0.1" };
    return await serveFrames(endpoint, { ...listen, compression: compression && { thresholdBytes: 32 } });
  },
};

/** All of them. */
export const TRANSPORTS: readonly TransportUnderTest[] = [NATIVE, FRAMES];
