/**
 * Whether a reader learns what a file of a guide is called. The info string of a code block is not rendered. Pure.
 *
 * @module
 */

import { codeSpansOf } from "../markdown.ts";
import { codeBlocks } from "./guide.ts";

/**
 * Returns the files of a text that other blocks import or start by a name that the reader has not been told: the text
 * since the block before has to have the path, or the name of the file, as a code span.
 */
export function unnamedFiles(markdown: string): string[] {
  const blocks = codeBlocks(withoutComments(markdown));
  const prose = proseBefore(withoutComments(markdown));
  return blocks.flatMap(({ words, line }, index) => {
    const path = words.find((word) => word.startsWith("file="))?.slice("file=".length);
    if (path === undefined) return [];
    const name = path.split("/").at(-1)!;
    const isUsed = blocks.some(({ words, code }, other) =>
      other !== index && (code.includes(`/${name}"`) || (words[0] === "sh" && code.includes(name)))
    );
    const spans = codeSpansOf(prose[index] ?? "");
    return isUsed && !spans.includes(path) && !spans.includes(name) ? [`line ${line}: ${path}`] : [];
  });
}

/** What readers see; the lines keep their numbers. */
function withoutComments(markdown: string): string {
  return markdown.replaceAll(/^<!--.*?^-->$/gms, (comment) => comment.replaceAll(/[^\n]/g, ""));
}

/** The text before each code block, from the end of the block before. */
function proseBefore(markdown: string): string[] {
  return markdown.split(/^```[^\n`]+\n.*?^```$/gms);
}
