/**
 * The names that a module exports, with those of their members, as `deno doc --json` gives them.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

interface Named {
  readonly name: string;
}

interface TypeRef {
  readonly value?: { readonly typeName?: string };
}

interface Definition {
  readonly methods?: readonly Named[];
  readonly properties?: readonly Named[];
  readonly elements?: readonly Named[];
  /** A class has one name here, an interface a list of types. */
  readonly extends?: string | readonly TypeRef[];
  /** The type of a constant. */
  readonly tsType?: TypeRef;
}

interface DocSymbol extends Named {
  readonly declarations: readonly { readonly def?: Definition }[];
}

interface DocFile {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocSymbol[] }>>;
}

/**
 * Reads what a module exports.
 *
 * @param paths The modules' paths from the root of the repository.
 * @returns Names such as `"Channel"` and `"Channel.join"`, those of base classes among the members.
 * @throws {Error} If `deno doc` fails.
 */
export async function exportedNames(...paths: readonly string[]): Promise<Set<string>> {
  const perModule = await Promise.all(paths.map(async (path) => namesOf(await symbolsOf(path))));
  return new Set(perModule.flat());
}

async function symbolsOf(path: string): Promise<DocSymbol[]> {
  const args = ["doc", "--quiet", "--json", path];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot read the documentation of ${path}: ${decoder.decode(stderr)}`);
  const { nodes }: DocFile = JSON.parse(decoder.decode(stdout));
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

function namesOf(symbols: readonly DocSymbol[]): string[] {
  const byName = new Map(symbols.map((symbol) => [symbol.name, symbol]));
  const membersOf = (name: string): string[] =>
    (byName.get(name)?.declarations ?? []).flatMap(({ def = {} }) => [
      ...[def.methods, def.properties, def.elements].flatMap((members = []) => members.map(({ name }) => name)),
      ...basesOf(def).flatMap(membersOf),
    ]);
  return symbols.flatMap(({ name }) => [name, ...membersOf(name).map((member) => `${name}.${member}`)]);
}

/** What a declaration has the members of: its base class, its interfaces, the type of a constant. */
function basesOf({ extends: bases = [], tsType }: Definition): string[] {
  const types = typeof bases === "string" ? [{ value: { typeName: bases } }] : bases;
  return [...types, tsType].flatMap((type) => type?.value?.typeName ?? []);
}
