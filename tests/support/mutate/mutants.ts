/**
 * Small faults in a source text: what a mutation run puts in, one at a time, to see whether a test notices.
 *
 * Found in the syntax tree of `@babel/parser`. Types are left alone: nothing at run time depends on them.
 *
 * @module
 */

import { parse } from "npm:@babel/parser@8.1.2";

/** A change of one place of a text. */
export interface Mutant {
  /** What kind of change it is. */
  readonly operator: "comparison" | "condition" | "logic" | "statement" | "constant" | "arithmetic";
  /** Where the place begins in the text, and where it ends. */
  readonly start: number;
  readonly end: number;
  /** The line of the place, from 1. */
  readonly line: number;
  /** What stands there instead. */
  readonly replacement: string;
}

/** A place of the text. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number } };
}

/** A node of the tree, as far as it matters here. */
interface Node extends Place {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What is mutated. */
interface Source {
  readonly text: string;
  readonly tokens: readonly Place[];
}

/** Each operator and what takes its place. */
const COMPARISONS: Record<string, string> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "==": "!=",
  "!=": "==",
};
const LOGIC: Record<string, string> = { "&&": "||", "||": "&&" };
const ARITHMETIC: Record<string, string> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "++": "--",
  "--": "++",
  "+=": "-=",
  "-=": "+=",
};

/** Expressions around another that are of no effect at run time. */
const TRANSPARENT = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"]);
const CONDITIONAL = new Set([
  "IfStatement",
  "ConditionalExpression",
  "WhileStatement",
  "DoWhileStatement",
  "ForStatement",
]);

/**
 * Finds all mutants of a TypeScript module.
 *
 * @param text The module.
 * @returns The mutants, in the order of their places.
 */
export function mutantsOf(text: string): Mutant[] {
  const { program, tokens } = parse(text, { sourceType: "module", plugins: ["typescript"], tokens: true });
  const mutants: Mutant[] = [];
  const places = (tokens as readonly Place[]).filter(({ start }) => start !== undefined);
  visit(program as unknown as Node, { text, tokens: places }, mutants);
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Puts a mutant into the text. */
export function mutate(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function visit(node: Node, source: Source, mutants: Mutant[]): void {
  if (node.type.startsWith("TS") && !TRANSPARENT.has(node.type)) return;
  if (node.type === "ImportDeclaration") return;
  mutants.push(...mutantsAt(node, source));
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, source, mutants);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "loc" in value;
}

function* mutantsAt(node: Node, source: Source): Generator<Mutant> {
  if (CONDITIONAL.has(node.type) && isNode(node.test)) {
    const { start, end } = node.test;
    yield replaced(node.test, "condition", `!(${source.text.slice(start, end)})`);
  }
  switch (node.type) {
    case "BinaryExpression":
    case "LogicalExpression":
    case "AssignmentExpression":
    case "UpdateExpression":
      return yield* swapped(node, source);
    case "ExpressionStatement":
      if (!isSuperCall(node)) yield replaced(node, "statement", ";");
      return;
    case "ThrowStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return yield replaced(node, "statement", ";");
    case "ReturnStatement":
      if (!isNode(node.argument)) yield replaced(node, "statement", ";");
      return;
    case "NumericLiteral":
      return yield replaced(node, "constant", node.value === 0 ? "1" : "0");
    case "BooleanLiteral":
      return yield replaced(node, "constant", String(!node.value));
  }
}

function replaced({ start, end, loc }: Place, operator: Mutant["operator"], replacement: string): Mutant {
  return { operator, start, end, line: loc.start.line, replacement };
}

/** Another operator in the place of one. Texts are not subtracted: that would be a fault of any kind. */
function* swapped(node: Node, { text, tokens }: Source): Generator<Mutant> {
  const { operator, left, right } = node as Node & { operator: string };
  const operands = [left, right].filter(isNode);
  const isText = operands.some(({ type }) => type === "StringLiteral" || type === "TemplateLiteral");
  const place = tokens.find(({ start, end }) =>
    start >= node.start && end <= node.end && text.slice(start, end) === operator &&
    operands.every((operand) => end <= operand.start || start >= operand.end)
  );
  if (!place) throw new Error(`Cannot mutate "${text.slice(node.start, node.end)}": no token is "${operator}"`);
  const kinds = [["comparison", COMPARISONS], ["logic", LOGIC], ["arithmetic", isText ? {} : ARITHMETIC]] as const;
  for (const [kind, others] of kinds) {
    const other = (others as Record<string, string>)[operator];
    if (other !== undefined) yield replaced(place, kind, other);
  }
}

/** A constructor without it throws at once, whatever the tests look at. */
function isSuperCall({ expression }: Node): boolean {
  return isNode(expression) && expression.type === "CallExpression" && isNode(expression.callee) &&
    expression.callee.type === "Super";
}
