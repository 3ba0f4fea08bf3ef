/** The realm changes its keys. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { decodeProtectedHeader } from "jose";

import { fresh, refused } from "../src/api.ts";
import { KeycloakAdmin } from "../src/keycloak.ts";
import { logIn } from "../src/login.ts";
import { api, stack } from "../src/product.ts";
import { until } from "../src/until.ts";

const { keycloak } = stack.at;

describe("a change of keys in Keycloak", () => {
  test("lets new tokens in at once, old ones as long as their key is published, and no longer", async () => {
    // Refreshed often, so that a key that is gone from the realm is soon gone from the service.
    await stack.configured({ REALTIME__IDENTITY__JWKS_REFRESH_SECONDS: "1" }, async () => {
      const before = (await logIn(keycloak, "alice")).access;
      const join = (token: string) => api.join("standup", { as: token, device: fresh("keys") });
      assert.equal((await join(before)).status, 201);

      await stack.rotateKeys();
      const after = (await logIn(keycloak, "alice")).access;
      assert.notEqual(decodeProtectedHeader(after).kid, decodeProtectedHeader(before).kid);
      assert.equal((await join(after)).status, 201);
      assert.equal((await join(before)).status, 201);

      await new KeycloakAdmin(keycloak).removeOldKeys();
      const answer = await until("the old key to be forgotten", 20_000, async () => {
        const answer = await join(before);
        return answer.status !== 201 && answer;
      });
      refused(answer, 401, "token_invalid");
      assert.equal((await join(after)).status, 201);
      api.wallet.forget();
    });
  });
});
