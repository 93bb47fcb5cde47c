/**
 * The documentation of modules, as `deno doc --json` gives it.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** A text, with its tags such as `@category`. */
export interface DocComment {
  /** The text without the tags. */
  readonly doc?: string;
  /** The tags, such as `@category`. */
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

/** A method, a property or a symbol of a namespace. */
export interface DocMember {
  /** Its name. */
  readonly name: string;
  /** Whether it belongs to the class instead of its instances. */
  readonly isStatic?: boolean;
}

/** A type that is named by another one. */
export interface DocType {
  /** What the type is; depends on its kind. */
  readonly value?: { readonly typeName?: string } & DocMembers;
}

/** What has members: a class, an interface, an object type. */
export interface DocMembers {
  readonly methods?: readonly DocMember[];
  readonly properties?: readonly DocMember[];
}

/** What is declared. */
export interface DocDefinition extends DocMembers {
  /** The symbols of a namespace. */
  readonly elements?: readonly DocSymbol[];
  /** A class has one name here, an interface a list of types. */
  readonly extends?: string | readonly DocType[];
  /** The type of a constant or of an alias. */
  readonly tsType?: DocType;
  /** Whether a function has a body. */
  readonly hasBody?: boolean;
}

/** One declaration of a symbol; a function has one for each overload. */
export interface DocDeclaration {
  /** Such as `"class"`; `"reference"` if the symbol is described where another module exports it. */
  readonly kind: string;
  readonly jsDoc?: DocComment;
  readonly def?: DocDefinition;
}

/** An exported symbol. */
export interface DocSymbol {
  /** The name under which the module exports it. */
  readonly name: string;
  readonly declarations: readonly DocDeclaration[];
}

/** A module. */
export interface DocModule {
  /** The text at its top. */
  readonly module_doc?: DocComment;
  /** What it exports. */
  readonly symbols: readonly DocSymbol[];
}

/** An exported symbol and what stands in its doc comments. */
export interface DocumentedSymbol {
  /** The name under which the module exports it. */
  readonly name: string;
  /** What stands after `@category`, once for each declaration that has a doc comment. */
  readonly categories: readonly (string | undefined)[];
}

/**
 * Reads the documentation of modules. A symbol that several of them export is described by the first.
 *
 * @param paths The modules' paths from the root of the repository.
 * @returns The documentation by path.
 * @throws {Error} If `deno doc` fails.
 */
export async function readDocs(paths: readonly string[]): Promise<Map<string, DocModule>> {
  const args = ["doc", "--quiet", "--json", ...paths];
  const options = { args, cwd: ROOT, stdin: "null" } as const;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot read the documentation of ${paths}: ${decoder.decode(stderr)}`);
  const { nodes }: { nodes: Readonly<Record<string, DocModule>> } = JSON.parse(decoder.decode(stdout));
  return new Map(Object.entries(nodes).map(([url, module]) => [url.slice(ROOT.href.length), module]));
}

/**
 * Reads the symbols that a module exports.
 *
 * @param path The module's path from the root of the repository.
 * @throws {Error} If `deno doc` fails.
 */
export async function readSymbols(path: string): Promise<DocumentedSymbol[]> {
  const modules = await readDocs([path]);
  return [...modules.values()].flatMap(({ symbols }) => symbols).map(({ name, declarations }) => ({
    name,
    categories: declarations.flatMap(({ jsDoc }) =>
      jsDoc ? [jsDoc.tags?.find(({ kind }) => kind === "category")?.doc] : []
    ),
  }));
}

/** Returns the paths of the entries of `deno.json`. */
export async function entryPaths(): Promise<string[]> {
  const { exports }: { exports: Readonly<Record<string, string>> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  return Object.values(exports).map((path) => path.replace("./", ""));
}

/** Whether a doc comment has an example. */
export function hasExample({ doc = "", tags = [] }: DocComment): boolean {
  return /^```/m.test(doc) || tags.some(({ kind }) => kind === "example");
}

/** Returns the symbols of a module, those of its namespaces as `"Token.sign"`, that have no doc comment. */
export function undocumented(symbols: readonly DocSymbol[], prefix = ""): string[] {
  return symbols.flatMap(({ name, declarations }) => [
    ...(declarations.some((one) => !isDocumented(one) && !isImplementation(one, declarations)) ? [prefix + name] : []),
    ...declarations.flatMap(({ def }) => undocumented(def?.elements ?? [], `${prefix}${name}.`)),
  ]);
}

function isDocumented({ kind, jsDoc }: DocDeclaration): boolean {
  return kind === "reference" || (jsDoc?.doc ?? "").trim() !== "";
}

/** Whether a declaration is the body of a function with overloads, which nobody sees. */
function isImplementation({ def }: DocDeclaration, all: readonly DocDeclaration[]): boolean {
  return all.length > 1 && def?.hasBody === true;
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
