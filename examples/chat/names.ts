/**
 * What the names of people and rooms look like. The server checks them; the page does so before, to say what is wrong.
 *
 * @module
 */

/** Whether `value` may be somebody's name: 1 to 32 characters, one of which can be seen. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() === value && value.length <= 32 &&
    /[\p{L}\p{N}\p{P}\p{S}]/u.test(value) && !/\p{Cc}/u.test(value);
}

/** What `isRoom` asks for. */
export const ROOM_RULE = "use 1 to 40 letters, digits, - and _";

/** Whether `value` may be the name of a room. */
export function isRoom(value: string): boolean {
  return /^[\p{L}\p{N}_-]{1,40}$/u.test(value);
}
