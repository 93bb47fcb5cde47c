/**
 * The end of a soak.
 *
 * @module
 */

/** Prints the first promises that were broken, or what was kept, and exits: with 1 if one was broken. */
export function exitWithVerdict(broken: readonly string[], kept: string): never {
  for (const promise of broken.slice(0, 20)) console.error(`BROKEN: ${promise}`);
  console.log(broken.length === 0 ? `kept: ${kept}` : `broken: ${broken.length}`);
  Deno.exit(broken.length === 0 ? 0 : 1);
}
