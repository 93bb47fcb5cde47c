// @ts-types="./not_instance_of.d.ts"
export * from "npm:deno-std@1.4.0/assert/not_instance_of.js";
