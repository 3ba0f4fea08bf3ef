/** The people of `deploy/keycloak/realtime-realm.json`, as far as tests speak of them. */

export interface Person {
  user: string;
  id: string;
  name: string;
}

export const alice = { user: "alice", id: "a11ce000-0000-4000-8000-000000000001", name: "Alice Archer" } as const;
export const bob = { user: "bob", id: "b0b00000-0000-4000-8000-000000000002", name: "Bob Baker" } as const;
export const carol = { user: "carol", id: "ca401000-0000-4000-8000-000000000003", name: "Carol Carter" } as const;
/** In no room. */
export const dave = { user: "dave", id: "dafe0000-0000-4000-8000-000000000004", name: "Dave Dyer" } as const;
/** Administrator, in no room. */
export const erin = { user: "erin", id: "e4140000-0000-4000-8000-000000000005", name: "Erin Emerson" } as const;
export const frank = { user: "frank", id: "f4a4c000-0000-4000-8000-000000000006", name: "Frank Fisher" } as const;

export const everybody: readonly Person[] = [alice, bob, carol, dave, erin, frank];

/** Who is what in `standup`. */
export const inStandup = [
  { person: carol, role: "viewer" },
  { person: bob, role: "participant" },
  { person: frank, role: "presenter" },
  { person: alice, role: "moderator" },
] as const;
