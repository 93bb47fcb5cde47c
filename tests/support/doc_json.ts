/**
 * The documentation of a module, as `deno doc --json` gives it.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** An exported symbol and what stands in its doc comments. */
export interface DocumentedSymbol {
  /** The name under which the module exports it. */
  readonly name: string;
  /** What stands after `@category`, once for each declaration that has a doc comment. */
  readonly categories: readonly (string | undefined)[];
}

interface DocFile {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocNode[] }>>;
}

interface DocNode {
  readonly name: string;
  readonly declarations: readonly {
    readonly jsDoc?: { readonly tags?: readonly { readonly kind: string; readonly doc?: string }[] };
  }[];
}

/**
 * Reads the documentation of the symbols that a module exports.
 *
 * @param path The module's path from the root of the repository.
 * @throws {Error} If `deno doc` fails.
 */
export async function readSymbols(path: string): Promise<DocumentedSymbol[]> {
  const args = ["doc", "--quiet", "--json", path];
  const options = { args, cwd: ROOT, stdin: "null" } as const;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot read the documentation of ${path}: ${decoder.decode(stderr)}`);
  const { nodes }: DocFile = JSON.parse(decoder.decode(stdout));
  return Object.values(nodes).flatMap(({ symbols }) => symbols).map(({ name, declarations }) => ({
    name,
    categories: declarations.flatMap(({ jsDoc }) =>
      jsDoc ? [jsDoc.tags?.find(({ kind }) => kind === "category")?.doc] : []
    ),
  }));
}

/**
 * Reads which section of an entry point exports a symbol. A section begins with a comment `// Name.` or
 * `// Name: what is in it.` above an export.
 *
 * @param source The text of the entry point.
 * @returns The section's name by the name of the symbol.
 */
export function sectionsOf(source: string): Map<string, string> {
  const sections = new Map<string, string>();
  const code = source.replaceAll(/\/\*.*?\*\//gs, "");
  let section = "";
  for (
    const [, title, namespace, names] of code.matchAll(
      /^\/\/ ([^.:\n]+)[.:]|^export (?:\* as (\w+)|[^{*]*\{([^}]*)\})/gm,
    )
  ) {
    if (title !== undefined) section = title;
    for (const name of (namespace ?? names ?? "").split(",")) {
      const exported = name.trim().split(/\s+/).at(-1)!;
      if (exported !== "") sections.set(exported, section);
    }
  }
  return sections;
}
