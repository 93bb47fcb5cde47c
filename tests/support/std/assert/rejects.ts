// @ts-types="./rejects.d.ts"
export * from "npm:deno-std@1.4.0/assert/rejects.js";
