/**
 * What `sys` reports about a server: its events and their numbers.
 *
 * @module
 */

/** An event of a traced server. */
export type SysEvent =
  | { readonly event: "in"; readonly kind: "call" | "cast"; readonly name: string; readonly request: unknown }
  | { readonly event: "in"; readonly kind: "info"; readonly message: unknown }
  | { readonly event: "reply"; readonly name: string; readonly value: unknown }
  | { readonly event: "noreply" };

/** Statistics of a server since they were switched on. */
export interface SysStatistics {
  /** When the statistics were switched on, in milliseconds since 1970. */
  readonly startTime: number;
  /** Number of handled messages. */
  readonly messagesIn: number;
  /** Number of calls that got their reply from a callback's result. */
  readonly messagesOut: number;
}
