/**
 * Node and the packages of the servers that run on it, in a temporary folder.
 *
 * @module
 */

const PACKAGES = ["node@24", "ws@8", "socket.io@4.8"];

/** Where Node is, or why it is not there. */
export type NodeFolder =
  /** `path` holds `node_modules`. */
  | { readonly kind: "ready"; readonly path: string }
  /** What needs Node has to be skipped. */
  | { readonly kind: "missing"; readonly reason: string };

const installs = new Map<"first", Promise<NodeFolder>>();

/** Installs Node, once for the whole program. The folder goes when the program ends. */
export function nodeFolder(): Promise<NodeFolder> {
  const install = installs.get("first") ?? installNode();
  installs.set("first", install);
  return install;
}

/** The program that runs scripts in `folder`. */
export function nodePath(folder: string): string {
  return `${folder}/node_modules/node/bin/node`;
}

async function installNode(): Promise<NodeFolder> {
  const path = await Deno.makeTempDir({ prefix: "urvogel-bench-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(path, { recursive: true }));
  try {
    await run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", path, ...PACKAGES], path);
    const version = await run(nodePath(path), ["--version"], path);
    return version.startsWith("v24.") ? { kind: "ready", path } : { kind: "missing", reason: `it is Node ${version}` };
  } catch (error) {
    return { kind: "missing", reason: error instanceof Error ? error.message : String(error) };
  }
}

async function run(program: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd, stdin: "null" }).output();
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new Error(`Cannot run ${program}: ${new TextDecoder().decode(stderr).trim().split("\n")[0]}`);
}
