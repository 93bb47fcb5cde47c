// @ts-types="./tee.d.ts"
export * from "npm:deno-std@1.4.0/async/tee.js";
