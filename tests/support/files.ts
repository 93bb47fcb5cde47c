/**
 * The files of a folder.
 *
 * @module
 */

/**
 * Finds the files in a folder and in those below.
 *
 * @param folder The folder; its address ends with a slash.
 * @returns Paths from the folder, sorted.
 */
export async function filesIn(folder: URL): Promise<string[]> {
  return (await Array.fromAsync(pathsIn(folder, ""))).sort();
}

async function* pathsIn(folder: URL, path: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, folder))) {
    if (isDirectory) yield* pathsIn(folder, `${path}${name}/`);
    else yield `${path}${name}`;
  }
}
