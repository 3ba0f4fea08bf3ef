/**
 * Every system test, in one process, so that all share one stack. The order is only for the reader of a failure: first what the product is for,
 * then its refusals, then what happens when parts of it break, and at the end what it wrote down about all that.
 *
 * One subject alone: `node --import tsx --test system/<subject>.ts`.
 */
import "./media.ts";
import "./browser.ts";
import "./token.ts";
import "./rooms.ts";
import "./membership.ts";
import "./calls.ts";
import "./crash.ts";
import "./conformance.ts";
import "./peers.ts";
import "./paths.ts";
import "./identity.ts";
import "./requests.ts";
import "./gateway.ts";
import "./admission.ts";
import "./moderation.ts";
import "./moderation-replays.ts";
import "./moderation-direct.ts";
import "./limits.ts";
import "./tracing.ts";
import "./operations.ts";
import "./outages.ts";
import "./keys.ts";
import "./shutdown.ts";
import "./privacy.ts";

// Needs no stack: as an import it would run while the others still wait for theirs, and its end would be taken for the end of everything.
await import("./sealed.ts");
