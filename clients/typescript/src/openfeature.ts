// An OpenFeature provider that asks the gate: may this subprocessor work for this agreement?
//
// It answers true only where the gate says yes. Whatever goes wrong, the answer is false.

import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  StandardResolutionReasons,
  TypeMismatchError,
} from "@openfeature/server-sdk";

const PATH = "/api/v1/engagements/check";
const SAID = ["reason", "why", "clause", "since", "notice_id", "change_id"];

/** What a flag stands for; what is missing is taken from the evaluation context. */
export interface Flag {
  subprocessor?: string;
  country?: string;
  agreement?: string;
}

export interface TermijnOptions {
  url: string;
  /** A key that may read. */
  key: string;
  /** What an admin's key means. */
  processor?: string;
  /** What keys of flags stand for; of others the context says all. */
  flags?: Record<string, Flag>;
  /** How long the gate may take. */
  milliseconds?: number;
}

/** Flags answered by Termijn's gate, each time anew. */
export class TermijnProvider implements Provider {
  readonly metadata = { name: "termijn" } as const;
  readonly runsOn = "server";

  constructor(private readonly options: TermijnOptions) {}

  async resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    const flag = this.options.flags?.[flagKey] ?? {};
    const agreement = flag.agreement ?? context.agreement ?? context.targetingKey;
    const subprocessor = flag.subprocessor ?? context.subprocessor;
    const country = flag.country ?? context.country;
    for (const [name, value] of Object.entries({ agreement, subprocessor })) {
      if (typeof value !== "string" || !value) {
        return wrong(ErrorCode.INVALID_CONTEXT, `the evaluation context has no ${name}`, defaultValue);
      }
    }
    const asked = new URLSearchParams({ agreement_id: String(agreement), subprocessor_id: String(subprocessor) });
    if (country) asked.set("country", String(country));
    try {
      const answer = await fetch(`${this.options.url}${PATH}?${asked}`, {
        headers: {
          Authorization: `Bearer ${this.options.key}`,
          ...(this.options.processor === undefined ? {} : { "Termijn-Processor": this.options.processor }),
        },
        signal: AbortSignal.timeout(this.options.milliseconds ?? 2000),
      });
      const body = (await answer.json()) as Record<string, unknown>;
      if (!answer.ok) return wrong(codeOf(answer.status), String(body.detail ?? answer.status), defaultValue);
      const allowed = body.allowed === true;
      const said = SAID.filter((name) => body[name] !== null && body[name] !== undefined);
      return {
        value: allowed,
        reason: StandardResolutionReasons.TARGETING_MATCH,
        variant: allowed ? "allowed" : "refused",
        flagMetadata: Object.fromEntries(said.map((name) => [name, String(body[name])])),
      };
    } catch (error) {
      const kind = error instanceof Error ? error.name : "unknown";
      return wrong(ErrorCode.GENERAL, `the gate did not answer: ${kind}`, defaultValue);
    }
  }

  /** The gate says yes or no and nothing else. */
  async resolveStringEvaluation(): Promise<ResolutionDetails<string>> {
    throw notBoolean();
  }

  async resolveNumberEvaluation(): Promise<ResolutionDetails<number>> {
    throw notBoolean();
  }

  async resolveObjectEvaluation<T extends JsonValue>(): Promise<ResolutionDetails<T>> {
    throw notBoolean();
  }
}

function notBoolean(): TypeMismatchError {
  return new TypeMismatchError("the gate says yes or no: ask for a boolean");
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return ErrorCode.PROVIDER_FATAL;
  return status === 400 || status === 404 || status === 422 ? ErrorCode.INVALID_CONTEXT : ErrorCode.GENERAL;
}

/** False. Beside an error code the SDK puts the default in its place, so with the default true it has none. */
function wrong(code: ErrorCode, message: string, fallback: boolean): ResolutionDetails<boolean> {
  return {
    value: false,
    reason: StandardResolutionReasons.ERROR,
    ...(fallback ? {} : { errorCode: code, errorMessage: message }),
    flagMetadata: { error_code: code, error_message: message },
  };
}
