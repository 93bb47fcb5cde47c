// @ts-types="./less_or_equal.d.ts"
export * from "npm:deno-std@1.4.0/assert/less_or_equal.js";
