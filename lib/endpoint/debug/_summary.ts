/**
 * The numbers, the limits and the nodes of an endpoint.
 *
 * @module
 */

import type { ClusterNode } from "../../cluster/membership.ts";
import type { LimitCount } from "../../limits/limit_count.ts";
import { limitCounts } from "../../limits/telemetry.ts";
import { Process } from "../../otp/process/process.ts";
import type { LossCount } from "../../pubsub/loss_count.ts";
import { losses as lossCounts } from "../../pubsub/losses.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Overview } from "./_overview.ts";
import type { Page, PageOptions } from "./_page.ts";
import { backlogOf, overviewOf } from "./overview_of.ts";
import { pageOf } from "./_page_of.ts";

/**
 * Returns the numbers of an endpoint. It reads each connection and each mailbox once: some milliseconds for 10,000
 * connections with a channel each.
 *
 * @param endpoint The endpoint.
 */
export function overview(endpoint: Endpoint): Overview {
  return overviewOf(endpoint, backlogOf(endpoint, Process.busy));
}

/** Returns how often clients of this thread have reached each limit, the one that was reached last first. */
export function limitsHit(): LimitCount[] {
  return limitCounts.list.map(({ kind, ...rest }) => ({ limit: kind, ...rest }));
}

/**
 * Returns what did not reach those that it was for, on this thread: how it was lost and how much, what was lost last
 * first. Empty is the rule.
 */
export function losses(): LossCount[] {
  return lossCounts.list;
}

/**
 * Returns the nodes that are up or down, this one first, as `endpoint.nodes()`, with secrets hidden in their details.
 *
 * @param endpoint The endpoint.
 * @param options The page.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function nodes(endpoint: Endpoint, options: PageOptions = {}): Page<ClusterNode> {
  return pageOf(endpoint.nodes(), options, (node) => endpoint.redact(node) as ClusterNode);
}
