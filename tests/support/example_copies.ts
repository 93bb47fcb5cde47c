/**
 * Copies of examples, as a user has them who copies a folder.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

async function copy(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(new URL(`${name}/`, from), new URL(`${name}/`, to));
    else await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}

/**
 * Copies examples, each where it has no neighbours. The checkout takes the place of the package on the registry. One
 * folder around all of them: what they share is checked once.
 */
export async function copyExamples(names: readonly string[], into: URL): Promise<void> {
  const { links }: { links: readonly string[] } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const name of names) await copy(new URL(`examples/${name}/`, ROOT), folderOfCopy(name, into));
  const config = {
    workspace: names.map((name) => `./copy_of_${name}/${name}`),
    links: [ROOT, ...links.map((link) => new URL(link, ROOT))].map((url) => url.pathname),
    lock: false,
  };
  await Deno.writeTextFile(new URL("deno.json", into), JSON.stringify(config));
}

/** Returns the folder of a copy. */
export function folderOfCopy(name: string, into: URL): URL {
  return new URL(`copy_of_${name}/${name}/`, into);
}
