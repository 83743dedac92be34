// A typed client of Termijn's API; `schema.ts` is generated from its OpenAPI document.

import createClient, { type Client } from "openapi-fetch";
import type { components, operations, paths } from "./schema.js";

export type { components, operations, paths };

/** A client of the Termijn at `url`, with a key. An admin's key names the processor that it means. */
export function createTermijnClient(url: string, key: string, processor?: string): Client<paths> {
  const named = processor === undefined ? {} : { "Termijn-Processor": processor };
  return createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}`, ...named } });
}
