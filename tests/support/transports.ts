/**
 * The ways to serve an endpoint, so that one suite runs on all of them.
 *
 * @module
 */

import { serve as serveFrames } from "@urvogel/realtime/serve";
import { NATIVE_DIFFERENCES } from "./native_differences.ts";
import { type App, serve, type TestServer } from "./serve.ts";

/** A server for tests. Disposing of it ends the app too. */
export type ServedApp = TestServer;

/** What a transport does instead of what is right. A difference that is gone fails its case, as a new one does. */
export interface Difference {
  /** What a client is sent, in the words of the suite. */
  readonly seen: readonly string[];
  /** Why it stays so. */
  readonly why: string;
}

/** A way to serve an app. */
export interface TransportUnderTest {
  /** Stands in the names of tests. */
  readonly name: string;
  /** Whether clients that offer permessage-deflate get it from {@linkcode serve} with `compression`. */
  readonly compression: boolean;
  /** Whether it can end the TCP connection of a client that does not answer a close. Deno cannot. */
  readonly endsTcp: boolean;
  /** What differs from what is right, by the id of its case. */
  readonly known: Readonly<Record<string, Difference>>;
  /** Listens. */
  serve(app: App, options?: ServeOptions): Promise<ServedApp>;
}

/** What a test asks of a server. */
export interface ServeOptions {
  /** Compresses, for clients that offer it. Only asked of transports that can. */
  readonly compression?: boolean;
  /** The port; a free one by default. */
  readonly port?: number;
  /** The address; the loopback by default. */
  readonly hostname?: string;
}

/** `Deno.serve` and Deno's own WebSockets. */
export const NATIVE: TransportUnderTest = {
  name: "native",
  compression: false,
  endsTcp: false,
  known: NATIVE_DIFFERENCES,
  serve: (app, { port, hostname } = {}) => Promise.resolve(serve(app, port, hostname)),
};

/** `serve`: node:http, and frames of our own. */
export const FRAMES: TransportUnderTest = {
  name: "frames",
  compression: true,
  endsTcp: true,
  known: {},
  async serve(app, { compression = false, port = 0, hostname = "127.0.0.1" } = {}) {
    const listen = { port, hostname };
    const server = await serveFrames(app, { ...listen, compression: compression && { thresholdBytes: 32 } });
    const authority = `${hostname}:${server.port}`;
    return {
      url: `http://${authority}`,
      wsUrl: `ws://${authority}`,
      port: server.port,
      shutdown: () => server.shutdown(),
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  },
};

/** All of them. */
export const TRANSPORTS: readonly TransportUnderTest[] = [NATIVE, FRAMES];

type TransportTest = (transport: TransportUnderTest) => Promise<void>;
type TestOptions = Omit<Deno.TestDefinition, "name" | "fn">;

/**
 * A test on each transport.
 *
 * @param name What is right; the transport's name is added.
 * @param options As for `Deno.test`; may be left out.
 * @param fn The test.
 */
export function onTransports(name: string, fn: TransportTest): void;
export function onTransports(name: string, options: TestOptions, fn: TransportTest): void;
export function onTransports(name: string, ...rest: [TransportTest] | [TestOptions, TransportTest]): void {
  const fn = rest.length === 1 ? rest[0] : rest[1];
  const options = rest.length === 1 ? {} : rest[0];
  for (const transport of TRANSPORTS) Deno.test(`${name} (${transport.name})`, options, () => fn(transport));
}

type Values<C> = C extends readonly [...infer V] ? V : [C];

/**
 * A test for each case on each transport: `Deno.test.each`, with the transport before the case's values.
 *
 * @param cases The cases.
 */
export function eachOnTransports<const C>(
  cases: readonly C[],
): (name: string, fn: (transport: TransportUnderTest, ...values: Values<C>) => Promise<void>) => void {
  return (name, fn) => {
    for (const transport of TRANSPORTS) {
      Deno.test.each(cases)(
        `${name} (${transport.name})`,
        (...values: unknown[]) => fn(transport, ...values as Values<C>),
      );
    }
  };
}
