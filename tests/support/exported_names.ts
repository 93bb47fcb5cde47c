/**
 * The names that a module exports, with those of their members, as `deno doc --json` gives them.
 *
 * @module
 */

import { type DocDefinition, type DocSymbol, readDocs } from "./doc_json.ts";

/**
 * Reads what a module exports.
 *
 * @param paths The modules' paths from the root of the repository.
 * @returns Names such as `"Channel"` and `"Channel.join"`, those of base classes among the members.
 * @throws {Error} If `deno doc` fails.
 */
export async function exportedNames(...paths: readonly string[]): Promise<Set<string>> {
  const modules = await Promise.all(paths.map((path) => readDocs([path])));
  return new Set(modules.flatMap((docs) => [...docs.values()]).flatMap(({ symbols }) => namesOf(symbols)));
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
function basesOf({ extends: bases = [], tsType }: DocDefinition): string[] {
  const types = typeof bases === "string" ? [{ value: { typeName: bases } }] : bases;
  return [...types, tsType].flatMap((type) => type?.value?.typeName ?? []);
}
