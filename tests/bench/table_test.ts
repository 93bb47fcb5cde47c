import { assertEquals, assertStrictEquals } from "@std/assert";
import { formatNumber, formatTable } from "./table.ts";

Deno.test("formatTable() lines up its columns", () => {
  const table = {
    title: "Speed",
    columns: ["what", "per second"],
    rows: [["call", "3.10 M"], ["start + stop", "1"]],
  };
  assertEquals(formatTable(table).split("\n"), [
    "### Speed",
    "",
    "| what         | per second |",
    "| ------------ | ---------: |",
    "| call         |     3.10 M |",
    "| start + stop |          1 |",
  ]);
});

Deno.test("formatTable() writes a table without rows", () => {
  assertEquals(formatTable({ title: "t", columns: ["a", "bc"], rows: [] }), "### t\n\n| a | bc |\n| - | -: |");
});

const numbers: [value: number, text: string][] = [
  [0.9546, "0.95"],
  [9.996, "10.0"],
  [45.67, "45.7"],
  [871.4, "871"],
  [1499.6, "1,500"],
  [9999.7, "10.0 k"],
  [93_412, "93.4 k"],
  [999_400, "999 k"],
  [999_600, "1.00 M"],
  [3_104_000, "3.10 M"],
  [23_000_000, "23.0 M"],
];
Deno.test.each(numbers)("formatNumber() writes %f as %s", (value, text) => {
  assertStrictEquals(formatNumber(value), text);
});
