/**
 * The tools that agents may use: each is a view of the inspector.
 *
 * @module
 */

import type { ViewName } from "../inspector/_views.ts";

/** A parameter of a tool: a JSON Schema. */
export interface ToolParameter {
  /** Its type. */
  readonly type: "string" | "integer";
  /** What it is. */
  readonly description: string;
  /** The words that are allowed. */
  readonly enum?: readonly string[];
  /** The smallest number. */
  readonly minimum?: number;
  /** The greatest number. */
  readonly maximum?: number;
}

/** The longest time for which a topic is followed in one call, in seconds. */
export const MOST_SECONDS = 30;
/** The tool that takes its time. */
export const FOLLOW_TOPIC = "follow_topic";

/** A tool. */
export interface Tool {
  /** The view that it shows. */
  readonly view: ViewName;
  /** What it is for, for the agent. */
  readonly description: string;
  /** Its parameters, those of the view. */
  readonly parameters: Readonly<Record<string, ToolParameter>>;
  /** Which of them have to be there. */
  readonly required?: readonly string[];
}

const NODE: ToolParameter = {
  type: "string",
  description: "The name of a node, as list_nodes shows it. This one if left out.",
};
const PAGE = {
  limit: { type: "integer", description: "Maximum number of items, at most 1000. 50 if left out." },
  offset: { type: "integer", description: "How many items are skipped; `next` of the page before." },
  node: NODE,
} as const satisfies Readonly<Record<string, ToolParameter>>;
const PROCESS: ToolParameter = { type: "integer", description: "The number of the process, its `id` in lists." };

function searched(description: string): Readonly<Record<string, ToolParameter>> {
  return { search: { type: "string", description }, ...PAGE };
}

/** The tools by name. None of them changes anything. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  show_overview: {
    view: "overview",
    description:
      "Shows the numbers of the server, and what needs attention: start here. What is slow is measured from " +
      "the first call on, so call it again after three seconds. `awaits` is the server that a process waits for.",
    parameters: {
      since: { type: "integer", description: "Only the numbers of seconds after this time, in ms since 1970." },
      node: NODE,
    },
  },
  list_sockets: {
    view: "sockets",
    description: "Lists connections of clients, with the bytes that each has not read.",
    parameters: searched("A part of the id, address, class or topic."),
  },
  find_sockets: {
    view: "find",
    description: "Looks for connections of clients on all nodes, and says on which node each is.",
    parameters: {
      search: { type: "string", description: "A part of the id, address, class or topic." },
      limit: { type: "integer", description: "How many connections at most." },
    },
  },
  list_topics: {
    view: "topics",
    description: "Lists topics with their members, and their rates since somebody looks.",
    parameters: {
      order: {
        type: "string",
        enum: ["age", "sent"],
        description: "The oldest first, or those first that cost most: broadcasts a second times members.",
      },
      ...searched("A part of the topic."),
    },
  },
  list_processes: {
    view: "processes",
    description: "Lists processes, with what waits for them and the time in their handlers.",
    parameters: {
      order: {
        type: "string",
        enum: ["age", "backlog", "running", "blocking"],
        description:
          "The oldest first, the fullest mailbox first, the longest in its current handler first, or the one " +
          "first that kept the thread for longest (longestBlockMs) since somebody asks for that.",
      },
      ...searched("A part of the label."),
    },
  },
  list_presence: {
    view: "presence",
    description: "Lists the topics of presences.",
    parameters: searched("A part of the topic or the presence."),
  },
  list_history: {
    view: "history",
    description: "Lists topics with history.",
    parameters: searched("A part of the topic."),
  },
  list_nodes: { view: "nodes", description: "Lists the nodes of the cluster.", parameters: PAGE },
  list_crashes: { view: "crashes", description: "Lists the last crashes, with their reports.", parameters: PAGE },
  show_socket: {
    view: "socket",
    description: "Shows a connection and its channels.",
    parameters: { process: PROCESS, node: NODE },
    required: ["process"],
  },
  show_process: {
    view: "process",
    description: "Shows what is known of a process.",
    parameters: { process: PROCESS, node: NODE },
    required: ["process"],
  },
  show_state: {
    view: "state",
    description: "Shows the state of a process, with secrets hidden. One that is stuck in a handler cannot show it.",
    parameters: { process: PROCESS, node: NODE },
    required: ["process"],
  },
  show_tree: {
    view: "tree",
    description: "Shows the supervision tree, or the part below a process.",
    parameters: {
      process: PROCESS,
      depth: { type: "integer", description: "How many levels, at most 10. 3 if left out." },
      ...PAGE,
    },
  },
  [FOLLOW_TOPIC]: {
    view: "follow",
    description: "Shows what slows a topic, and what happens in it for some seconds: joins, messages, replies, " +
      "broadcasts; at most 200.",
    parameters: {
      topic: { type: "string", description: "The topic." },
      seconds: { type: "integer", description: "For how long. 5 if left out.", minimum: 1, maximum: MOST_SECONDS },
      node: NODE,
    },
    required: ["topic"],
  },
};
