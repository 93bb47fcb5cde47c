// @ts-types="./debounce.d.ts"
export * from "npm:deno-std@1.4.0/async/debounce.js";
