"""An OpenFeature provider that asks the gate: may this subprocessor work for this agreement?

It answers true only where the gate says yes. Whatever goes wrong, the answer is false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata

from .client import AuthenticatedClient

PATH = "/api/v1/engagements/check"
_SAID = ("reason", "why", "clause", "since", "notice_id", "change_id")
"""What of the gate's answer is handed on beside its yes or no."""
_CODES = {
    401: ErrorCode.PROVIDER_FATAL,
    403: ErrorCode.PROVIDER_FATAL,
    **dict.fromkeys((400, 404, 422), ErrorCode.INVALID_CONTEXT),
}


@dataclass(frozen=True)
class Flag:
    """What a flag stands for; what is None is taken from the evaluation context."""

    subprocessor: str | None = None
    country: str | None = None
    agreement: str | None = None


class TermijnProvider(AbstractProvider):
    """Flags answered by Termijn's gate, each time anew.

    `client` needs a key that may read; give it a short timeout. `flags` say what keys stand for; of others the context
    says all.
    """

    def __init__(self, client: AuthenticatedClient, flags: Mapping[str, Flag] | None = None) -> None:
        super().__init__()
        self._client = client
        self._flags = dict(flags or {})

    def get_metadata(self) -> Metadata:
        """What the provider is called."""
        return Metadata(name="termijn")

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """True where the gate says yes; raises nothing."""
        asked = self._asked(flag_key, evaluation_context)
        if isinstance(asked, str):
            return _wrong(ErrorCode.INVALID_CONTEXT, asked, default_value)
        try:
            return _said(self._client.get_httpx_client().get(PATH, params=asked), default_value)
        except Exception as error:
            return _wrong(ErrorCode.GENERAL, f"the gate did not answer: {type(error).__name__}", default_value)

    async def resolve_boolean_details_async(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """The same, without blocking."""
        asked = self._asked(flag_key, evaluation_context)
        if isinstance(asked, str):
            return _wrong(ErrorCode.INVALID_CONTEXT, asked, default_value)
        try:
            return _said(await self._client.get_async_httpx_client().get(PATH, params=asked), default_value)
        except Exception as error:
            return _wrong(ErrorCode.GENERAL, f"the gate did not answer: {type(error).__name__}", default_value)

    def _asked(self, flag_key: str, context: EvaluationContext | None) -> dict[str, str] | str:
        """The question, or what is missing in it."""
        given = dict(context.attributes) if context is not None else {}
        flag = self._flags.get(flag_key, Flag())
        agreement = flag.agreement or given.get("agreement") or (context.targeting_key if context else None)
        subprocessor = flag.subprocessor or given.get("subprocessor")
        country = flag.country or given.get("country")
        for name, value in (("agreement", agreement), ("subprocessor", subprocessor)):
            if not isinstance(value, str) or not value:
                return f"the evaluation context has no {name}"
        asked = {"agreement_id": str(agreement), "subprocessor_id": str(subprocessor)}
        return {**asked, "country": str(country)} if country else asked

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The gate says yes or no and nothing else. Raises TypeMismatchError, as the next three do."""
        raise _not_boolean()

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """As above."""
        raise _not_boolean()

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """As above."""
        raise _not_boolean()

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[Any] | Mapping[str, Any],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Any]:
        """As above."""
        raise _not_boolean()


def _not_boolean() -> TypeMismatchError:
    return TypeMismatchError("the gate says yes or no: ask for a boolean")


def _said(answer: httpx.Response, default: bool) -> FlagResolutionDetails[bool]:
    body = answer.json()
    if not answer.is_success:
        code = _CODES.get(answer.status_code, ErrorCode.GENERAL)
        return _wrong(code, str(body.get("detail", answer.status_code)), default)
    allowed = body["allowed"] is True
    metadata = {name: str(body[name]) for name in _SAID if body.get(name) is not None}
    return FlagResolutionDetails(
        value=allowed,
        reason=Reason.TARGETING_MATCH,
        variant="allowed" if allowed else "refused",
        flag_metadata=metadata,
    )


def _wrong(code: ErrorCode, message: str, default: bool) -> FlagResolutionDetails[bool]:
    """False. Beside an error code an SDK may put the default in its place, so with the default True it has none."""
    return FlagResolutionDetails(
        value=False,
        reason=Reason.ERROR,
        error_code=None if default else code,
        error_message=None if default else message,
        flag_metadata={"error_code": code.value, "error_message": message},
    )
