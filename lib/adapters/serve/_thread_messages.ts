/**
 * Messages between a program and its serving threads.
 *
 * @module
 */

import type { ThreadedServeOptions } from "./options.ts";

/** A message to a thread. */
export type ToThread =
  | { readonly kind: "start"; readonly module: string; readonly options: ThreadedServeOptions }
  | { readonly kind: "shutdown" };

/** A message from a thread. */
export type FromThread =
  | { readonly kind: "listening"; readonly port: number; readonly shutdownMs: number }
  | { readonly kind: "failed"; readonly why: string }
  /** The app has shut down; `why` says that it failed to. */
  | { readonly kind: "down"; readonly why?: string };
