// The client and the provider over a running Termijn with its sample data: TERMIJN_URL and TERMIJN_KEY say where.

import assert from "node:assert/strict";
import test from "node:test";
import { OpenFeature } from "@openfeature/server-sdk";
import { createTermijnClient } from "termijn-client";
import { TermijnProvider } from "termijn-client/openfeature";

const { TERMIJN_URL: url, TERMIJN_KEY: key } = process.env;
const NOBODY = "01890000-0000-7000-8000-000000000000";
const NOWHERE = "http://127.0.0.1:1";

async function flags(options = {}) {
  await OpenFeature.setProviderAndWait("test", new TermijnProvider({ url, key, ...options }));
  return OpenFeature.getClient("test");
}

/** Who works for which agreement, of the sample data. */
async function atWork() {
  const { data } = await createTermijnClient(url, key).GET("/api/v1/engagements");
  const one = data.items.find((each) => !each.until);
  return { agreement: one.agreement_id, subprocessor: one.subprocessor_id, country: one.country };
}

function refused(details, code) {
  assert.equal(details.value, false);
  assert.equal(details.reason, "ERROR");
  assert.equal(details.errorCode, code);
}

test("a list is read", async () => {
  const { data, error } = await createTermijnClient(url, key).GET("/api/v1/agreements");
  assert.equal(error, undefined);
  assert.ok(data.items.every((one) => one.customer_name));
});

test("it says what the gate says", async () => {
  const client = await flags();
  const yes = await client.getBooleanDetails("hosting", false, await atWork());
  assert.deepEqual([yes.value, yes.variant, yes.reason], [true, "allowed", "TARGETING_MATCH"]);
  const no = await client.getBooleanDetails("hosting", false, { ...(await atWork()), country: "US" });
  assert.deepEqual([no.value, no.variant, no.errorCode], [false, "refused", undefined]);
  assert.ok(no.flagMetadata.why);
});

test("a flag stands for a subprocessor", async () => {
  const { agreement, subprocessor, country } = await atWork();
  const client = await flags({ flags: { hosting: { subprocessor, country } } });
  assert.equal(await client.getBooleanValue("hosting", false, { targetingKey: agreement }), true);
  refused(await client.getBooleanDetails("other", false, { targetingKey: agreement }), "INVALID_CONTEXT");
});

test("whatever goes wrong is a no", async () => {
  const context = await atWork();
  refused(await (await flags()).getBooleanDetails("hosting", false), "INVALID_CONTEXT");
  refused(await (await flags()).getBooleanDetails("hosting", false, { ...context, agreement: NOBODY }), "INVALID_CONTEXT");
  refused(await (await flags({ key: "tmj_nothing" })).getBooleanDetails("hosting", false, context), "PROVIDER_FATAL");
  refused(await (await flags({ url: NOWHERE })).getBooleanDetails("hosting", false, context), "GENERAL");
});

test("a default of true lets nobody through", async () => {
  const found = await (await flags({ url: NOWHERE })).getBooleanDetails("hosting", true, await atWork());
  assert.deepEqual([found.value, found.reason, found.flagMetadata.error_code], [false, "ERROR", "GENERAL"]);
});

test("it has no other flags", async () => {
  const found = await (await flags()).getStringDetails("hosting", "x", await atWork());
  assert.deepEqual([found.value, found.errorCode], ["x", "TYPE_MISMATCH"]);
});

test.after(() => OpenFeature.close());
