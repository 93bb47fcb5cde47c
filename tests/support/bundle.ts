/**
 * Bundles for browsers, as `deno bundle` makes them.
 *
 * @module
 */

/**
 * Bundles a module of the repository, or of a test's own, with all that it imports.
 *
 * @param entry The module's URL.
 * @param options Whether to minify it.
 * @returns The program, as one module.
 */
export async function bundleForBrowser(
  entry: URL | string,
  { isMinified = false }: { readonly isMinified?: boolean } = {},
): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser", ...(isMinified ? ["--minify"] : []), `${entry}`];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot bundle ${entry}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
