// @ts-types="./greater.d.ts"
export * from "npm:deno-std@1.4.0/assert/greater.js";
