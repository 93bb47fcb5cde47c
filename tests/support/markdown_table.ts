/**
 * Reading tables of Markdown files.
 *
 * @module
 */

/**
 * Returns the rows of all tables in a section, without their heads.
 *
 * @param markdown The text.
 * @param heading The heading of the section, without its `#`s. It ends at the next heading of its level or above.
 */
export function tableRows(markdown: string, heading: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.replace(/^#+ /, "") === heading && line.startsWith("#"));
  if (start === -1) throw new Error(`Cannot find a section: there is no heading ${JSON.stringify(heading)}`);
  const level = lines[start]!.indexOf(" ");
  const end = lines.findIndex((line, i) => i > start && /^#+ /.test(line) && line.indexOf(" ") <= level);
  const section = lines.slice(start, end === -1 ? lines.length : end);
  const isHead = (i: number) => section[i + 1]?.startsWith("|") && /^[|:\- ]+$/.test(section[i + 1]!);
  return section.flatMap((line, i) =>
    line.startsWith("|") && !isHead(i) && !/^[|:\- ]+$/.test(line) ? [cellsOf(line)] : []
  );
}

function cellsOf(line: string): string[] {
  return line.replace(/^\|/, "").replace(/\|\s*$/, "").split(/(?<!\\)\|/).map((cell) =>
    cell.trim().replaceAll("\\|", "|")
  );
}
