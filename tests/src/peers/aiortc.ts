/** aiortc, WebRTC in Python. */
import { fileURLToPath } from "node:url";

import { ProcessEngine } from "./process.ts";

const PROGRAM = fileURLToPath(new URL("aiortc_peer.py", import.meta.url));

/** In the Python that `cargo xtask setup` has made, or in any that has it. */
export function aiortc(): ProcessEngine {
  return new ProcessEngine({ name: "aiortc", restartsIce: false, trickles: false }, [process.env["AIORTC_PYTHON"] ?? "python3", PROGRAM]);
}
