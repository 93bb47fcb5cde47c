// @ts-types="./monotonic_ulid.d.ts"
export * from "npm:deno-std@1.4.0/ulid/monotonic_ulid.js";
