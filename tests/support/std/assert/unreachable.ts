// @ts-types="./unreachable.d.ts"
export * from "npm:deno-std@1.4.0/assert/unreachable.js";
