/**
 * What a program and its serving threads say to each other.
 *
 * @module
 */

import type { ThreadedServeOptions } from "./options.ts";

/** What a thread is told. */
export type ToThread =
  | { readonly kind: "start"; readonly module: string; readonly options: ThreadedServeOptions }
  | { readonly kind: "shutdown" };

/** What a thread says. */
export type FromThread =
  | { readonly kind: "listening"; readonly port: number; readonly shutdownMs: number }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "down" };
