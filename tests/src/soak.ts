/** How much of what is repeated: little in the usual run, much in the long one (`cargo xtask test --soak`). */

/** `usual` times, or `soaked` times in the long run. */
export function rounds(usual: number, soaked: number): number {
  return (process.env["REALTIME_SOAK"] ?? "") === "" ? usual : soaked;
}
