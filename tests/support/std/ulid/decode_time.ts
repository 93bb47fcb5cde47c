// @ts-types="./decode_time.d.ts"
export * from "npm:deno-std@1.4.0/ulid/decode_time.js";
