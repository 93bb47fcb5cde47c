/**
 * Tables of text: Markdown that lines up, to be read as it is or pasted into a README. Pure functions.
 *
 * @module
 */

/** What is printed: a title, the names of the columns, the cells. */
export interface Table {
  /** What all rows have in common. */
  readonly title: string;
  /** The columns; the first one names the rows. */
  readonly columns: readonly string[];
  /** As many cells in each as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Writes a table: the first column to the left, the numbers to the right.
 *
 * @example Usage
 * ```ts
 * import { formatTable } from "./table.ts";
 *
 * console.log(formatTable({ title: "Speed", columns: ["what", "per second"], rows: [["call", "3.10 M"]] }));
 * ```
 */
export function formatTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => pad(cell, widths[i]!, i)).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => i === 0 ? "-".repeat(width) : "-".repeat(width - 1) + ":").join(" | ")} |`;
  return [`### ${title}`, "", line(columns), rule, ...rows.map(line)].join("\n");
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** Three digits and a unit: `93.4 k`, `3.10 M`, `871`. */
export function formatNumber(value: number): string {
  if (value >= 999_500) return `${threeDigits(value / 1e6)} M`;
  // Below ten thousand all digits are easier to compare.
  return value >= 9_999.5 ? `${threeDigits(value / 1e3)} k` : threeDigits(value);
}

function threeDigits(value: number): string {
  if (value >= 999.5) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}
