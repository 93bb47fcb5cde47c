// @ts-types="./not_match.d.ts"
export * from "npm:deno-std@1.4.0/assert/not_match.js";
