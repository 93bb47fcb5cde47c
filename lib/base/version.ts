/**
 * The version of the library, which nodes report to each other.
 *
 * @module
 */

/** As in `deno.json`; a test compares them. */
export const VERSION = "0.2.0";
