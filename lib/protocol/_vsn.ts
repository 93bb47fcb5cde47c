/**
 * The protocol version that a client names in the query parameter `vsn`.
 *
 * @module
 */

/** The version of a client that names none. */
export const DEFAULT_VSN = "1.0.0";

/**
 * A release in the form of SemVer 2.0.0: no leading zeros, no pre-release part; build metadata is
 * ignored.
 */
const RELEASE = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

const REQUIREMENT = /^~> (0|[1-9]\d*)\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?$/;

/**
 * Returns whether a version fulfils a requirement, such as `"~> 2.0.0"`.
 *
 * `~> 2.1.3` accepts 2.1.3 and the later 2.1 releases; `~> 2.1` accepts 2.1.0 and the later releases
 * of 2. Pre-releases and incomplete versions are never accepted.
 *
 * @example Usage
 * ```ts
 * import { vsnMatches } from "./_vsn.ts";
 * import { assert } from "@std/assert";
 *
 * assert(vsnMatches("2.0.7", "~> 2.0.0"));
 * assert(!vsnMatches("2.1.0", "~> 2.0.0"));
 * assert(!vsnMatches("2.0", "~> 2.0.0"));
 * ```
 *
 * @param vsn The version, as the client wrote it.
 * @param requirement `~>` and a version of two or three parts.
 * @returns `true` if `vsn` is a release that fulfils `requirement`.
 * @throws {TypeError} If `requirement` is not of that form.
 */
export function vsnMatches(vsn: string, requirement: string): boolean {
  const required = REQUIREMENT.exec(requirement);
  if (required === null) {
    throw new TypeError(
      `Cannot match version: requirement must be like "~> 2.0.0", received "${requirement}"`,
    );
  }
  const release = RELEASE.exec(vsn);
  if (release === null) return false;
  const [major, minor, patch] = [Number(release[1]), Number(release[2]), Number(release[3])];
  if (major !== Number(required[1])) return false;
  const leastMinor = Number(required[2]);
  if (required[3] === undefined) return minor >= leastMinor;
  return minor === leastMinor && patch >= Number(required[3]);
}
