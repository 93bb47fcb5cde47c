/**
 * Reads parts of a Markdown file, for tests that compare it with the code.
 *
 * @module
 */

/**
 * Returns the part below a heading, up to the next heading of its level or above.
 *
 * @param markdown The file's text.
 * @param heading The heading with its `#`.
 * @throws {Error} If there is no such heading.
 */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split("\n");
  const first = lines.indexOf(heading);
  if (first < 0) throw new Error(`Cannot find section: there is no ${heading}`);
  const level = heading.indexOf(" ");
  const length = lines.slice(first + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(" ") <= level);
  return lines.slice(first + 1, length < 0 ? undefined : first + 1 + length).join("\n");
}

/** Returns the rows of a section's tables as cells; the head and the line below it left out. */
export function rowsOf(section: string): string[][] {
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  const isRule = (row: string | undefined) => row !== undefined && /^[\s|:-]+$/.test(row);
  return rows.filter((row, index) => !isRule(row) && !isRule(rows[index + 1]))
    .map((row) => row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|")));
}

/** Returns the code spans of a text, in which a line break counts as a space. */
export function codeSpansOf(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, code]) => code!.replaceAll(/\s+/g, " "));
}
