/**
 * What there is in the server of the soak.
 *
 * @module
 */

/** The numbers that `GET /census` answers. */
export interface Census {
  /** Memory that the system counts for the server, after a collection of garbage. */
  readonly rssBytes: number;
  /** Memory that its JavaScript objects take. */
  readonly heapBytes: number;
  /** Open connections. */
  readonly connections: number;
  /** Processes that live: channels, and the connections' own. */
  readonly processes: number;
  /** Topics with subscribers. */
  readonly topics: number;
  /** Timers that are set. */
  readonly timers: number;
  /** Open files and connections, as the system counts them. */
  readonly descriptors: number;
  /** Handshakes that were answered when nobody was there any more. Deno keeps a descriptor and some memory of each. */
  readonly lostHandshakes: number;
  /** Channels that have failed since the server began. */
  readonly crashes: number;
  /** Frames that were none. */
  readonly malformed: number;
  /** What must not happen: failures that no client asked for, exceptions that got out. */
  readonly faults: readonly string[];
}

/** Asks the server on `port`. */
export async function takeCensus(port: number): Promise<Census> {
  const response = await fetch(`http://127.0.0.1:${port}/census`, { signal: AbortSignal.timeout(30_000) });
  return await response.json();
}
