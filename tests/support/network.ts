/**
 * A network of its own for tests, with cables that can be cut, lose packets, or be slow: Linux namespaces, which need
 * root. Nothing of the machine's own network is touched but for the ends of cables that lead there.
 *
 * Delays are not possible: `tc netem` is missing in many kernels. `TcpProxy` delays.
 *
 * @module
 */

import { run } from "./engines/engine_process.ts";

const TOOLS = ["ip", "nft", "tc"];

/** Why there can be no {@linkcode Network} here; `undefined` if there can. */
export function whyNoNetwork(): string | undefined {
  if (Deno.build.os !== "linux") return "only Linux has namespaces";
  if (Deno.uid() !== 0) return "this is not root";
  for (const tool of TOOLS) {
    const { success } = new Deno.Command("sh", { args: ["-c", `command -v ${tool}`], stdout: "null" }).outputSync();
    if (!success) return `there is no "${tool}"`;
  }
  const name = `uv${Deno.pid}probe`;
  const added = new Deno.Command("ip", { args: ["netns", "add", name], stderr: "null" }).outputSync();
  if (!added.success) return "namespaces are not allowed";
  new Deno.Command("ip", { args: ["netns", "delete", name] }).outputSync();
  return undefined;
}

/** A machine in a {@linkcode Network}, with a cable to the hub and one to this program. */
export class Machine {
  /** Where this program reaches it. */
  readonly host: string;
  /** What a command begins with that runs on it. */
  readonly prefix: string;
  readonly #namespace: string;

  /** Describes a machine; {@linkcode Network.addMachine} makes it. */
  constructor(namespace: string, host: string) {
    this.#namespace = namespace;
    this.prefix = `ip netns exec ${namespace}`;
    this.host = host;
  }

  /** Cuts the cable to the hub: nothing passes, and no connection ends. */
  async cut(): Promise<void> {
    await this.#run("ip link set hub down");
  }

  /** Mends the cable. */
  async mend(): Promise<void> {
    await this.#run("ip link set hub up");
  }

  /** Loses so many percent of what arrives from the hub, and of what is sent there; 0 for none. */
  async lose(percent: number): Promise<void> {
    await this.#run("nft flush ruleset");
    if (percent === 0) return;
    await this.#run("nft add table inet loss");
    for (const [hook, direction] of [["input", "iifname"], ["output", "oifname"]]) {
      await this.#nft(`add chain inet loss ${hook} { type filter hook ${hook} priority 0 ; }`);
      await this.#nft(`add rule inet loss ${hook} ${direction} hub numgen random mod 100 < ${percent} drop`);
    }
  }

  /** Carries no more than so many kilobits per second in each direction. */
  async slowDown(kilobits: number): Promise<void> {
    const limit = `tbf rate ${kilobits}kbit burst 4kb latency 400ms`;
    await this.#run(`tc qdisc add dev hub root ${limit}`);
    await run(["ip", "netns", "exec", hubOf(this.#namespace), "tc", "qdisc", "add", "dev", this.#namespace, "root"]
      .concat(limit.split(" ")));
  }

  async #run(command: string): Promise<void> {
    await run(`${this.prefix} ${command}`.split(" "));
  }

  async #nft(rule: string): Promise<void> {
    await run([...`${this.prefix} nft`.split(" "), rule]);
  }
}

/** A hub, at which a server may run, and machines around it. Dispose of it with `await using`, after its programs. */
export class Network implements AsyncDisposable {
  /** What a command begins with that runs at the hub. */
  readonly prefix: string;
  /** Namespaces go later than their deletion returns, so each network has other names. */
  readonly #id = `uv${crypto.randomUUID().slice(0, 6)}`;
  readonly #hub: string = hubOf(`${this.#id}x`);
  readonly #subnet: number = 100 + Math.floor(Math.random() * 150);
  readonly #namespaces: string[] = [];

  /** Creates a network without machines. */
  static async create(): Promise<Network> {
    const network = new Network();
    await network.#addNamespace(network.#hub);
    return network;
  }

  private constructor() {
    this.prefix = `ip netns exec ${this.#hub}`;
  }

  /** Adds a machine. Returns it, and where it reaches the hub. */
  async addMachine(): Promise<{ readonly machine: Machine; readonly hubHost: string }> {
    const number = this.#namespaces.length; // the hub has none
    const name = `${this.#id}x${number}`;
    const [toHub, toHere] = [`10.${this.#subnet}.${number}`, `10.${this.#subnet}.${100 + number}`];
    await this.#addNamespace(name);
    await runAll([
      `ip link add ${name} netns ${this.#hub} type veth peer name hub netns ${name}`,
      `ip -n ${this.#hub} addr add ${toHub}.1/24 dev ${name}`,
      `ip -n ${this.#hub} link set ${name} up`,
      `ip -n ${name} addr add ${toHub}.2/24 dev hub`,
      `ip -n ${name} link set hub up`,
      `ip link add ${name} type veth peer name here netns ${name}`,
      `ip addr add ${toHere}.1/24 dev ${name}`,
      `ip link set ${name} up`,
      `ip -n ${name} addr add ${toHere}.2/24 dev here`,
      `ip -n ${name} link set here up`,
    ]);
    return { machine: new Machine(name, `${toHere}.2`), hubHost: `${toHub}.1` };
  }

  /** Removes it, with all cables. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#namespaces) await run(["ip", "netns", "delete", name]);
  }

  async #addNamespace(name: string): Promise<void> {
    await run(["ip", "netns", "add", name]);
    this.#namespaces.push(name);
    await run(["ip", "-n", name, "link", "set", "lo", "up"]);
  }
}

/** The hub of the network to which a machine belongs. */
function hubOf(namespace: string): string {
  return namespace.replace(/x\d*$/, "hub");
}

async function runAll(commands: readonly string[]): Promise<void> {
  for (const command of commands) await run(command.split(" "));
}
