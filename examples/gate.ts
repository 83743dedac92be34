// May this subprocessor work for this agreement? Asked with the client that `make clients` makes.
//
//     TERMIJN_URL=http://127.0.0.1:8400 TERMIJN_KEY=tmj_... node gate.js AGREEMENT SUBPROCESSOR [COUNTRY]
//
// Ends with 0 where the answer is yes, else with 1.

import { createTermijnClient } from "termijn-client";

const { TERMIJN_URL, TERMIJN_KEY } = process.env;
const [agreement_id, subprocessor_id, country] = process.argv.slice(2);
if (!TERMIJN_URL || !TERMIJN_KEY || !agreement_id || !subprocessor_id) {
  throw new Error("TERMIJN_URL, TERMIJN_KEY, an agreement and a subprocessor are needed");
}

const client = createTermijnClient(TERMIJN_URL, TERMIJN_KEY);
const { data, error } = await client.GET("/api/v1/engagements/check", {
  params: { query: { agreement_id, subprocessor_id, country } },
});
if (data === undefined) {
  console.error(error.detail); // a problem, which says what to do
} else {
  console.log(`${data.allowed ? "yes" : "no"}: ${data.why}`);
}
process.exitCode = data?.allowed ? 0 : 1;
