export * from "./decode_time.ts";
export * from "./monotonic_ulid.ts";
export * from "./ulid.ts";
