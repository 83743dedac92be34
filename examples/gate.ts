// May this subprocessor work for this agreement? Asked with the types that `make clients` generates.
//
//     TERMIJN_URL=http://127.0.0.1:8400 TERMIJN_KEY=tmj_... node gate.js AGREEMENT SUBPROCESSOR [COUNTRY]
//
// Ends with 0 where the answer is yes, else with 1.

import createClient from "openapi-fetch";
import type { paths } from "./termijn.js";

const { TERMIJN_URL, TERMIJN_KEY } = process.env;
const [agreement_id, subprocessor_id, country] = process.argv.slice(2);
if (!TERMIJN_URL || !TERMIJN_KEY || !agreement_id || !subprocessor_id) {
  throw new Error("TERMIJN_URL, TERMIJN_KEY, an agreement and a subprocessor are needed");
}

const client = createClient<paths>({ baseUrl: TERMIJN_URL, headers: { Authorization: `Bearer ${TERMIJN_KEY}` } });
const { data, error } = await client.GET("/api/v1/engagements/check", {
  params: { query: { agreement_id, subprocessor_id, country } },
});
if (data === undefined) {
  console.error(error.detail); // a problem, which says what to do
} else {
  console.log(`${data.allowed ? "yes" : "no"}: ${data.why}`);
}
process.exitCode = data?.allowed ? 0 : 1;
