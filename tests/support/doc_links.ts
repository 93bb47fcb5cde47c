/**
 * The links in doc comments, `{@link}` and `{@linkcode}`, as the generated site follows them.
 *
 * @module
 */

import type { DocDefinition, DocModule, DocSymbol } from "./doc_json.ts";

/**
 * Returns the links of a module's documentation that the site cannot follow: it shows them as text. It finds
 *
 * - `X`, if the module exports `X`, or the namespace in which the comment stands does,
 * - `X.y`, for a static member of a class, a member of an interface, a symbol of a namespace,
 * - `X.prototype.y`, for a member of a class's instances. It is written `{@linkcode X.prototype.y | y}`.
 *
 * A bare name that a member of the same symbol has, too, is broken as well: it leads to the other one.
 *
 * @param module The module.
 * @param others Modules that describe what this one only refers to.
 */
export function brokenLinks(module: DocModule, others: Iterable<DocModule> = []): string[] {
  const described = new Map([...others].flatMap(({ symbols }) => symbols).filter(isDescribed).map((s) => [s.name, s]));
  const scope = targetsOf(module.symbols.map((symbol) => isDescribed(symbol) ? symbol : described.get(symbol.name)!));
  return [
    ...broken(module.module_doc, scope),
    ...module.symbols.flatMap((symbol) => brokenIn(symbol, scope)),
  ];
}

function isDescribed({ declarations }: DocSymbol): boolean {
  return declarations.some(({ kind }) => kind !== "reference");
}

function brokenIn({ name, declarations }: DocSymbol, scope: ReadonlySet<string>): string[] {
  return declarations.flatMap(({ jsDoc, def: { elements = [], ...def } = {} }) => {
    const inner = new Set([...scope, ...targetsOf(elements)]);
    const own = new Set(membersOf(def, false).filter((member) => member !== name));
    return [
      ...broken([jsDoc, def], scope.difference(own)).map((link) => `${name}: ${link}`),
      ...elements.flatMap((element) => brokenIn(element, inner)).map((link) => `${name}.${link}`),
    ];
  });
}

function broken(commented: unknown, scope: ReadonlySet<string>): string[] {
  return [...textsOf(commented)].flatMap((text) =>
    Array.from(text.matchAll(/\{@link(?:code|plain)?\s+([^\s}|]+)[^}]*\}/g), ([, target]) => target!)
      .filter((target) => !/^https:/.test(target) && !scope.has(target))
  );
}

/** Yields all texts of doc comments in a value of `deno doc --json`. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "doc" && typeof inner === "string") yield inner;
    else yield* textsOf(inner);
  }
}

/** Returns what links can lead to. */
function targetsOf(symbols: readonly DocSymbol[]): Set<string> {
  return new Set(symbols.flatMap(({ name, declarations }) => [
    name,
    ...declarations.flatMap(({ kind, def = {} }) => membersOf(def, kind === "class")).map((member) =>
      `${name}.${member}`
    ),
  ]));
}

function membersOf(def: DocDefinition, isClass: boolean): string[] {
  const members = [def, def.tsType?.value].flatMap((one) => [one?.methods, one?.properties, def.elements])
    .flatMap((some = []) => some as readonly { readonly name: string; readonly isStatic?: boolean }[]);
  return members.map(({ name, isStatic }) => isClass && !isStatic ? `prototype.${name}` : name);
}
