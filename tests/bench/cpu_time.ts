/**
 * How much processor time programs have used, as Linux tells it.
 *
 * @module
 */

/** `/proc` counts in hundredths of a second, whatever the kernel's own clock does: USER_HZ is part of its interface. */
const TICKS_PER_SECOND = 100;

/** Whether this system tells; ask before {@linkcode cpuSeconds}. */
export const CPU_TIME_IS_KNOWN: boolean = Deno.build.os === "linux";

/** The processor time of all threads of the process `pid`, in user and kernel mode, in seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  return cpuSecondsOf(await Deno.readTextFile(`/proc/${pid}/stat`));
}

/**
 * Reads the text of `/proc/PID/stat`; see proc_pid_stat(5).
 *
 * @throws {TypeError} If `text` is something else.
 */
export function cpuSecondsOf(text: string): number {
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks] = [Number(fields[11] || NaN), Number(fields[12] || NaN)];
  const seconds = (userTicks + systemTicks) / TICKS_PER_SECOND;
  if (Number.isNaN(seconds)) throw new TypeError(`Cannot read CPU time: not a /proc/PID/stat: ${JSON.stringify(text)}`);
  return seconds;
}

/** In nanoseconds, where the kernel keeps count; `/proc/PID/stat` is too coarse for what takes a moment. */
const OWN_TIME = "/proc/thread-self/schedstat";
const OWN_TIME_IS_KNOWN = CPU_TIME_IS_KNOWN && await Deno.stat(OWN_TIME).then(() => true, () => false);

/**
 * The processor time of the calling thread, in seconds: what has passed on a machine that has nothing else to
 * do. Where the system does not tell, it is what has passed.
 */
export function ownThreadSeconds(): number {
  if (!OWN_TIME_IS_KNOWN) return performance.now() / 1000;
  return Number(Deno.readTextFileSync(OWN_TIME).split(" ")[0]) / 1e9;
}
