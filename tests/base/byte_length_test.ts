import { assertStrictEquals } from "@std/assert";
import { byteLength } from "../../lib/base/byte_length.ts";

const cases: [frame: unknown, bytes: number][] = [["é", 2], [new Uint8Array(3), 3], [undefined, 0], [{ length: 4 }, 0]];
Deno.test.each(cases)("byteLength() of %o is %i", (frame, bytes) => assertStrictEquals(byteLength(frame), bytes));
