/// <reference lib="deno.unstable" />
/**
 * The texts of errors and refusals in `lib/`, read from its source, for the guide that explains them.
 *
 * @module
 */

import { filesIn } from "./files.ts";

const LIB = new URL("../../lib/", import.meta.url);
/** Stands for what the program puts into a text. */
const HOLE = "…";

/** What a file of `lib/` says when it cannot do something. */
export interface ErrorTexts {
  /** Texts of errors that are thrown, rejected or logged: they begin with "Cannot". */
  readonly thrown: ReadonlySet<string>;
  /** HTTP statuses of refusals. */
  readonly statuses: ReadonlySet<number>;
  /** Texts in the bodies of refusals, where they are written beside a status. */
  readonly refusals: ReadonlySet<string>;
  /** All texts, including those that are passed on under a name. */
  readonly literals: ReadonlySet<string>;
}

/** Collects from all files, those of the conformance suites left out: they are about adapters. */
export async function errorTexts(): Promise<ErrorTexts> {
  const texts: Collected = { thrown: new Set(), statuses: new Set(), refusals: new Set(), literals: new Set() };
  const plugin = collector(texts);
  for await (const { file, source } of librarySources()) {
    Deno.lint.runPlugin(plugin, file.pathname, source);
  }
  return texts;
}

/** Reads all files of `lib/`, but those of the conformance suites. */
export async function* librarySources(): AsyncGenerator<{ file: URL; source: string }> {
  for (const path of await filesIn(LIB)) {
    if (!path.endsWith(".ts") || path.includes("/conformance/")) continue;
    const file = new URL(path, LIB);
    yield { file, source: await Deno.readTextFile(file) };
  }
}

type Node = Deno.lint.Node;

interface Collected {
  readonly thrown: Set<string>;
  readonly statuses: Set<number>;
  readonly refusals: Set<string>;
  readonly literals: Set<string>;
}

function collector(texts: Collected): Deno.lint.Plugin {
  const onText = (node: Deno.lint.StringLiteral | Deno.lint.TemplateLiteral) => {
    const { parent } = node;
    if (parent.type === "BinaryExpression" && parent.right === node) return; // read with its left side
    const rest = parent.type === "BinaryExpression" ? textOf(parent.right) ?? HOLE : "";
    const text = `${textOf(node)}${rest}`.replaceAll(/\s+/g, " ");
    texts.literals.add(text);
    if (text.startsWith("Cannot ")) texts.thrown.add(text);
    if (/^'.*' header (must|is) /.test(text)) texts.refusals.add(text);
  };
  const onRefusal = (status: Node | undefined, text: Node | undefined) => {
    const number = numberOf(status);
    if (number === undefined || number < 400) return;
    texts.statuses.add(number);
    const written = text && textOf(text);
    if (written !== undefined && !written.startsWith("Cannot ")) texts.refusals.add(written);
  };
  return {
    name: "error-texts",
    rules: {
      collect: {
        create: () => ({
          Literal: (node) => void (typeof node.value === "string" && onText(node as Deno.lint.StringLiteral)),
          TemplateLiteral: onText,
          CallExpression: ({ callee, arguments: [first, second, third] }) => {
            const name = nameOf(callee);
            if (name === "refuse") onRefusal(first, second);
            if (name !== "status") return;
            const code = numberOf(second) === undefined ? first : second; // the status in the JSON, or the only one
            onRefusal(code, propertyOf(third, "error"));
          },
          NewExpression: ({ callee, arguments: [first] }) => {
            if (nameOf(callee) === "ViewError") onRefusal(first, undefined);
          },
          ObjectExpression: (node) => onRefusal(propertyOf(node, "status"), propertyOf(node, "reason")),
        }),
      },
    },
  };
}

/** The text of a literal, with `…` for what is put in; `undefined` for anything else. */
function textOf(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type === "TemplateLiteral") return node.quasis.map(({ cooked }) => cooked).join(HOLE);
  return undefined;
}

function numberOf(node: Node | undefined): number | undefined {
  if (node?.type === "ConditionalExpression") return numberOf(node.alternate);
  return node?.type === "Literal" && typeof node.value === "number" ? node.value : undefined;
}

function nameOf(node: Node): string | undefined {
  return node.type === "Identifier" ? node.name : undefined;
}

function propertyOf(node: Node | undefined, name: string): Node | undefined {
  if (node?.type !== "ObjectExpression") return undefined;
  for (const property of node.properties) {
    if (property.type === "Property" && nameOf(property.key) === name) return property.value;
  }
  return undefined;
}
