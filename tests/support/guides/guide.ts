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

/** What a reader's folder holds at the end of a section, and what the guide says to start in it. */
export interface GuideStep {
  /** The heading of the last section. */
  readonly heading: string;
  /** Contents by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Commands that start a server. */
  readonly commands: readonly string[];
  /** Parts of files that it shows. */
  readonly parts: readonly GuidePart[];
}

/** Some lines of a file, shown to say what has changed. */
export interface GuidePart {
  readonly path: string;
  readonly code: string;
}

/** Returns the code blocks of a Markdown text. Those inside lists or quotes are not found. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return Array.from(markdown.matchAll(/^```([^\n`]+)\n(.*?)^```$/gms), ({ index, 1: info = "", 2: code = "" }) => ({
    words: info.trim().split(/\s+/),
    code,
    line: markdown.slice(0, index).split("\n").length,
  }));
}

/** Returns the path of a block that is a file (`file=`), or shows a part of one (`part=`); `undefined` for others. */
function pathOf({ words }: CodeBlock, kind: "file" | "part"): string | undefined {
  return words.find((word) => word.startsWith(`${kind}=`))?.slice(kind.length + 1);
}

/**
 * Returns the steps of a guide: the files that a reader has at the end, before a file is replaced (by a block with the
 * name of an earlier one), and where something is started.
 */
export function stepsOf(markdown: string): GuideStep[] {
  const steps: GuideStep[] = [];
  for (const section of markdown.split(/^(?=## )/m)) {
    const blocks = codeBlocks(section);
    const written = new Map(partsOf(blocks, "file").map(({ path, code }) => [path, code]));
    const parts = partsOf(blocks, "part");
    const commands = blocks.filter(({ words }) => words.includes("starts")).map(({ code }) => code.trim());
    if (written.size + parts.length + commands.length === 0) continue;
    const last = steps.at(-1);
    const goesOn = last && last.commands.length === 0 && !written.keys().some((path) => last.files.has(path));
    if (goesOn) steps.pop();
    const heading = /^#+ (.*)/.exec(section)?.[1] ?? "";
    const files = new Map([...last?.files ?? [], ...written]);
    steps.push({ heading, files, commands, parts: goesOn ? [...last.parts, ...parts] : parts });
  }
  return steps;
}

function partsOf(blocks: readonly CodeBlock[], kind: "file" | "part"): GuidePart[] {
  return blocks.flatMap((block) => {
    const path = pathOf(block, kind);
    return path === undefined ? [] : [{ path, code: block.code }];
  });
}

/** Returns the parts of a step that are not in the file that they are said to be of, apart from indentation. */
export function strayParts({ files, parts }: GuideStep): GuidePart[] {
  return parts.filter(({ path, code }) => !isPartOf(code, flat(files.get(path) ?? "")));
}

/** Returns whether a file has the lines of a part, in their order. A line `// …` stands for lines that are left out. */
function isPartOf(code: string, file: string): boolean {
  let end = 0;
  return code.split(/^\s*\/\/ …$/m).map(flat).every((lines) => {
    const start = file.indexOf(lines, end);
    end = start + lines.length;
    return start >= 0;
  });
}

function flat(text: string): string {
  return text.trim().replaceAll(/^\s+/gm, "");
}

/** Returns what is wrong with the code blocks of a guide: those that no test would look at. */
export function uncheckedBlocks(markdown: string): string[] {
  return codeBlocks(markdown).flatMap((block) => {
    const { words, line } = block;
    const isCode = /^(ts|tsx|js|jsx|typescript|javascript)$/.test(words[0] ?? "");
    const isFile = pathOf(block, "file") !== undefined || pathOf(block, "part") !== undefined;
    if (isCode && isFile && !words.includes("ignore")) return [`line ${line}: a file is "ignore" for the doc tests`];
    if (isCode && !isFile && words.includes("ignore") && !words.includes("untested")) {
      return [`line ${line}: "ignore" needs "file=<path>" or "part=<path>", or "untested" for code of another library`];
    }
    return [];
  });
}
