/** The running product, for every test file of the process. */
import { after } from "node:test";

import { Api } from "./api.ts";
import { dispose } from "./participant.ts";
import { secrets } from "./secrets.ts";
import { stack as shared } from "./stack.ts";

export const stack = await shared();
export const api = new Api(stack.at);

secrets.remember(stack.at.livekit.api_secret);

after(() => dispose());
