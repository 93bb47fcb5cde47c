/**
 * A guide as a reader follows it: the files that it names, section by section. Pure.
 *
 * @module
 */

/** A code block of a Markdown file. */
export interface CodeBlock {
  /** The words after the three backticks, such as `ts ignore file=main.ts`. */
  readonly words: readonly string[];
  readonly code: string;
  /** The line of its first backtick, from 1. */
  readonly line: number;
}

/** What a reader's folder holds at the end of a section, and what the section says to start in it. */
export interface GuideStep {
  /** The section's heading. */
  readonly heading: string;
  /** Contents by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Commands that start a server. */
  readonly commands: readonly string[];
}

/** Returns the code blocks of a Markdown text. Those inside lists or quotes are not found. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(/^```([^\n`]+)\n(.*?)^```$/gms), ({ index, 1: info = "", 2: code = "" }) => ({
    words: info.trim().split(/\s+/),
    code,
    line: markdown.slice(0, index).split("\n").length,
  }));
}

/** Returns the path of a block that is a file, `undefined` for others. */
export function fileOf({ words }: CodeBlock): string | undefined {
  return words.find((word) => word.startsWith("file="))?.slice("file=".length);
}

/**
 * Returns the steps of a guide: one for each section that has a file or a command.
 *
 * A block with the name of an earlier one replaces that file.
 */
export function stepsOf(markdown: string): GuideStep[] {
  const steps: GuideStep[] = [];
  let files: ReadonlyMap<string, string> = new Map();
  for (const section of markdown.split(/^(?=## )/m)) {
    const blocks = codeBlocks(section);
    const written = blocks.flatMap((block) => {
      const path = fileOf(block);
      return path === undefined ? [] : [[path, block.code] as const];
    });
    const commands = blocks.filter(({ words }) => words.includes("starts")).map(({ code }) => code.trim());
    if (written.length === 0 && commands.length === 0) continue;
    files = new Map([...files, ...written]);
    steps.push({ heading: /^#+ (.*)/.exec(section)?.[1] ?? "", files, commands });
  }
  return steps;
}

/** Returns what is wrong with the code blocks of a guide: those that no test would look at. */
export function uncheckedBlocks(markdown: string): string[] {
  return codeBlocks(markdown).flatMap((block) => {
    const { words, line } = block;
    const isCode = /^(ts|tsx|js|jsx|typescript|javascript)$/.test(words[0] ?? "");
    const isFile = fileOf(block) !== undefined;
    if (isCode && isFile && !words.includes("ignore")) return [`line ${line}: a file is "ignore" for the doc tests`];
    if (isCode && !isFile && words.includes("ignore") && !words.includes("untested")) {
      return [`line ${line}: "ignore" needs "file=<path>", or "untested" for code of another library`];
    }
    return [];
  });
}
